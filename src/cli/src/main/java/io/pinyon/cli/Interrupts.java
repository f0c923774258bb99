/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * What happens when the user presses Ctrl-C. Java has no supported interface for it; the one in {@code jdk.unsupported}
 * is reached by name, because the compiler warns about every mention of it.
 */
final class Interrupts {
    /** Exit status of a program that an interrupt ended: 128 and the number of the signal. */
    static final int EXIT_STATUS = 130;

    private Interrupts() {}

    /** Runs an action, on a thread of its own, each time the user presses Ctrl-C. Without support, nothing changes. */
    static void handle(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            var lookup = MethodHandles.publicLookup();
            MethodHandle run = lookup.findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
                    .bindTo(action);
            Object proxy = MethodHandleProxies.asInterfaceInstance(handler,
                    MethodHandles.dropArguments(run, 0, signal));
            Object interrupt = lookup.findConstructor(signal, MethodType.methodType(void.class, String.class))
                    .invoke("INT");
            lookup.findStatic(signal, "handle", MethodType.methodType(handler, signal, handler))
                    .invoke(interrupt, proxy);
        } catch (ReflectiveOperationException | IllegalArgumentException _) {
            // A JVM without the class, or one started to leave signals alone: Ctrl-C ends the program as ever.
            return;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
