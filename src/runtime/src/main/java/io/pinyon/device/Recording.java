/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * Ops that were recorded once and run again, on whatever lies in the same tensors and tables by then. It is valid while
 * all of them are open.
 */
public interface Recording extends AutoCloseable {
    /** Issues all ops in their order; like an op, it need not be done on return. */
    void run();

    /** Gives it up; harmless when repeated. */
    @Override
    void close();
}
