/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import io.pinyon.device.DeviceInfo;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Ops;
import io.pinyon.device.host.HostDevice;
import io.pinyon.device.host.HostMemory;

/** The processor's vector units on all its cores. */
final class CpuDevice extends HostDevice {
    private final WorkerTeam team;
    private final Scratch scratch;
    private final Ops ops;

    /**
     * Starts the threads.
     *
     * @param bits vector width, at most that of the machine
     */
    CpuDevice(DeviceOptions options, int bits, int threads) {
        super(describe(options, bits, threads), options);
        Kernels kernels = Kernels.ofWidth(bits);
        this.team = new WorkerTeam(threads, "pinyon-cpu");
        this.scratch = new Scratch(memory());
        this.ops = new CpuOps(team, kernels, scratch);
    }

    static DeviceInfo describe(DeviceOptions options, int bits, int threads) {
        String text = "Vector API, %d-bit lanes, %d %s".formatted(bits, threads, threads == 1 ? "thread" : "threads");
        String warning = Jit.optimises() ? "" : "; slow: " + Jit.WARNING;
        return new DeviceInfo("cpu", text + warning, HostMemory.available(options));
    }

    @Override
    public Ops ops() {
        return ops;
    }

    @Override
    protected void shutdown() {
        team.close();
        scratch.close();
    }
}
