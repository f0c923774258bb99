/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.device.Recording;
import io.pinyon.error.EngineException;

/** Ops as an executable graph of the driver: one call launches them all. */
final class GraphRecording implements Recording {
    private static final int THIS_THREAD = 1;

    private final Gpu gpu;
    private final long executable;
    private boolean open = true;

    private GraphRecording(Gpu gpu, long executable) {
        this.gpu = gpu;
        this.executable = executable;
    }

    /** Records what the ops launch on the GPU's stream; if one fails, nothing is recorded and the stream is as before. */
    static GraphRecording of(Gpu gpu, CudaMemory memory, Runnable ops) {
        return gpu.call(() -> {
            memory.recording(true);
            long graph;
            try {
                graph = capture(gpu, ops);
            } finally {
                memory.recording(false);
            }
            try {
                return new GraphRecording(gpu, gpu.driver().instantiate(graph));
            } finally {
                gpu.driver().destroyGraph(graph);
            }
        });
    }

    private static long capture(Gpu gpu, Runnable ops) {
        gpu.driver().beginCapture(gpu.stream(), THIS_THREAD);
        try {
            ops.run();
        } catch (RuntimeException | Error e) {
            discard(gpu, e);
            throw e;
        }
        return gpu.driver().endCapture(gpu.stream());
    }

    private static void discard(Gpu gpu, Throwable failure) {
        try {
            gpu.driver().destroyGraph(gpu.driver().endCapture(gpu.stream()));
        } catch (CudaException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public void run() {
        gpu.run(() -> {
            if (!open) {
                throw new EngineException("PIN-OP-CLOSED", "a recording was used after it was closed",
                        "keep it open as long as it is run");
            }
            gpu.driver().launchGraph(executable, gpu.stream());
        });
    }

    @Override
    public void close() {
        gpu.release(() -> {
            if (open) {
                open = false;
                gpu.driver().destroyExecutable(executable);
            }
        });
    }
}
