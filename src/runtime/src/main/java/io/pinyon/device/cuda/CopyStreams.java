/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.cuda.driver.CudaDriver;

/**
 * Two streams for copies between the device and page-locked memory, and the events that order them with the stream of
 * ops. Within {@link Gpu#call}.
 *
 * <p>Copies out follow all ops that were issued before, because these may write what is copied, and all copies in, because
 * their sources may lie where this copy goes. Copies in follow all copies out, because they may read what those write.
 */
final class CopyStreams implements AutoCloseable {
    private static final int NON_BLOCKING = 1;
    private static final int WITHOUT_TIMES = 2;

    private final Gpu gpu;
    private final CudaDriver driver;
    private final List<Long> streams = new ArrayList<>();
    private final List<Long> events = new ArrayList<>();
    private final long in;
    private final long out;
    private final long issued;
    private final long arrived;
    private final long departed;

    CopyStreams(Gpu gpu) {
        this.gpu = gpu;
        driver = gpu.driver();
        try {
            in = stream();
            out = stream();
            issued = event();
            arrived = event();
            departed = event();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private long stream() {
        long stream = driver.createStream(NON_BLOCKING, 0);
        streams.add(stream);
        return stream;
    }

    /** An event that lives as long as this. */
    long event() {
        long event = driver.createEvent(WITHOUT_TIMES);
        events.add(event);
        return event;
    }

    /** The stream of copies to the device. */
    long in() {
        return in;
    }

    /** The stream of copies from the device. */
    long out() {
        return out;
    }

    /** Happens when the copies from the device that were ended last are done. */
    long departed() {
        return departed;
    }

    /** To be called before copies from the device that ops may have written. */
    void beginOut() {
        driver.recordEvent(issued, gpu.stream());
        driver.waitForEvent(out, issued);
        driver.recordEvent(arrived, in);
        driver.waitForEvent(out, arrived);
    }

    /** To be called after them. */
    void endOut() {
        driver.recordEvent(departed, out);
    }

    /** To be called before copies to memory that ops may have used. */
    void beginIn() {
        driver.recordEvent(issued, gpu.stream());
        driver.waitForEvent(in, issued);
        driver.waitForEvent(in, departed);
    }

    /** To be called after them: ops that are issued from now on see what was copied. */
    void endIn() {
        driver.recordEvent(arrived, in);
        driver.waitForEvent(gpu.stream(), arrived);
    }

    /** Waits until copies from the device have arrived in host memory. */
    void awaitOut() {
        driver.synchronizeStream(out);
    }

    /** Waits until copies to the device have read host memory. */
    void awaitIn() {
        driver.synchronizeStream(in);
    }

    @Override
    public void close() {
        gpu.release(() -> {
            streams.forEach(driver::synchronizeStream);
            events.forEach(driver::destroyEvent);
            streams.forEach(driver::destroyStream);
        });
        events.clear();
        streams.clear();
    }
}
