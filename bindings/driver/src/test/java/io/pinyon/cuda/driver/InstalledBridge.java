/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import java.lang.reflect.Proxy;

/** Bridges that tests install. */
public abstract class InstalledBridge implements CudaDriverProvider {
    private final String name;
    private final int priority;
    private final boolean usable;

    InstalledBridge(String name, int priority, boolean usable) {
        this.name = name;
        this.priority = priority;
        this.usable = usable;
    }

    /** Of middling priority. */
    public static final class Good extends InstalledBridge {
        /** Usable. */
        public Good() {
            super("good", 50, true);
        }
    }

    /** Of low priority. */
    public static final class Spare extends InstalledBridge {
        /** Usable. */
        public Spare() {
            super("spare", 10, true);
        }
    }

    /** Of high priority. */
    public static final class Bare extends InstalledBridge {
        /** Not usable. */
        public Bare() {
            super("bare", 100, false);
        }
    }

    /** Of a jar that lacks something. */
    public static final class Broken extends InstalledBridge {
        /** Does not get that far. */
        public Broken() {
            super("broken", 200, true);
            throw new IllegalStateException("a part is missing");
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int priority() {
        return priority;
    }

    @Override
    public Probe probe() {
        return usable
                ? new Probe.Usable((CudaDriver) Proxy.newProxyInstance(getClass().getClassLoader(),
                        new Class<?>[]{CudaDriver.class}, (_, _, _) -> name))
                : new Probe.NotUsable("no driver", "install one");
    }
}
