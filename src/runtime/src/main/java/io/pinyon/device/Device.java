/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import io.pinyon.format.TensorData;
import io.pinyon.memory.MemoryAccount;

/**
 * A place where models run: memory and an op set.
 *
 * <p>Everything it hands out is closed before it; closing a device with live allocations is an
 * {@link io.pinyon.error.UsageException} with code {@code PIN-DEVICE-BUSY}, closing it twice is harmless. Bytes are
 * booked on {@link #memory()} where they are allocated.
 */
public interface Device extends AutoCloseable {
    /** Name and facts for people. */
    DeviceInfo info();

    /** The op set. */
    Ops ops();

    /** Books of this device's allocations. */
    MemoryAccount memory();

    /** Bytes of its own memory that it could still allocate; empty for host devices, which share the machine's. */
    default OptionalLong freeBytes() {
        return OptionalLong.empty();
    }

    /**
     * Bytes of its own memory that are gone since it was opened, as its driver counts, whoever took them; empty for host
     * devices.
     */
    default OptionalLong takenBytes() {
        return OptionalLong.empty();
    }

    /**
     * Allocates a matrix of zeros for activations.
     *
     * @param rows at least 0
     * @param cols at least 1
     * @throws io.pinyon.error.MemoryException if it does not fit
     */
    Tensor allocate(int rows, int cols);

    /**
     * Allocates a vector of zeros.
     *
     * @param length at least 0
     */
    IntTensor allocateInts(int length);

    /**
     * Copies float32 values to the device as a small weight, for example a norm's {@code [1, dim]}.
     *
     * @param values row-major
     * @param rows number of rows; divides the number of values
     */
    Tensor upload(float[] values, int rows);

    /**
     * Makes a weight matrix usable by {@link Ops}.
     *
     * @param data a tensor of rank 2, or 1 (one row); host devices keep reading its bytes
     * @throws io.pinyon.error.DeviceException {@code PIN-DEVICE-FORMAT} if there is no kernel for its format
     */
    WeightMatrix load(TensorData data);

    /** Allocates a KV page; its contents are undefined. */
    KvPage allocatePage(KvLayout layout);

    /**
     * Copies all bytes of a KV page, after the ops issued before and ahead of those issued from now on. Not to be
     * recorded.
     *
     * @param source left as it is
     * @param target another page of as many bytes
     * @throws io.pinyon.error.EngineException {@code PIN-OP-SHAPE} for pages of different sizes or the same page twice,
     *     {@code PIN-OP-CLOSED} for a closed page, {@code PIN-OP-DEVICE} for one of another kind of device,
     *     {@code PIN-OP-RECORDING} while ops are recorded
     */
    void copyPage(KvPage source, KvPage target);

    /**
     * Allocates block tables; nothing may read them before they are written.
     *
     * @param layers number of layers, at least 1
     * @param maxRows most rows of a step, at least 1
     */
    KvTable allocateKvTable(int layers, int maxRows);

    /**
     * Replaces the contents of block tables, for ops that are issued from now on.
     *
     * @param table written in all its layers
     * @param rows rows of the step, also those that belong to no span
     * @param spans at least one, each with a view for every layer; they share no row, and in a layer all have the same
     *     layout
     * @throws io.pinyon.error.EngineException {@code PIN-OP-SPAN} if rows, entries or views are not there or a row
     *     belongs to two spans, {@code PIN-OP-SHAPE} for more rows than the table has room for, and for layouts that
     *     differ from each other or from their pages; the table stays as it was
     */
    void write(KvTable table, int rows, List<KvSpan> spans);

    /**
     * Copies values to the device.
     *
     * @param target filled from its first value on
     * @param values at most as many as the target holds
     */
    void write(IntTensor target, int... values);

    /**
     * Copies values to the device.
     *
     * @param target filled row by row
     * @param values exactly as many as the target holds
     */
    void write(Tensor target, float[] values);

    /**
     * Waits for outstanding ops and copies values from the device.
     *
     * @param source all its values are copied, row by row
     * @param target receives them
     * @param offset first index written
     */
    void read(Tensor source, float[] target, int offset);

    /**
     * Waits for outstanding ops and copies values from the device.
     *
     * @param source all its values are copied
     * @param target receives them from its first place on
     */
    void read(IntTensor source, int[] target);

    /**
     * Records ops, to run them again and again at less cost than issuing them. What a recording reads and writes is
     * settled by the tensors, weights and tables that its ops are given; their contents count when it runs.
     *
     * <p>The same ops have run directly before, so that the device has what they need besides. Devices that do not gain
     * from recording return empty and do not call the argument; the caller then issues its ops itself.
     *
     * @param ops issues ops of this device and does nothing else: no allocating, writing or reading; they are recorded,
     *     not run
     * @return the recording, closed by the caller
     */
    default Optional<Recording> record(Runnable ops) {
        return Optional.empty();
    }

    @Override
    void close();
}
