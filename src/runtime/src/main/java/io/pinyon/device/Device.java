/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import io.pinyon.format.TensorData;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Tier;

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

    /** The tier of its own memory. */
    Tier tier();

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

    /** Allocates a KV page in the device's own memory; its contents are undefined. */
    KvPage allocatePage(KvLayout layout);

    /**
     * Lets pages lie elsewhere than in the device's own memory, and allocates what is needed for that. To be called once,
     * before the first {@link #move}.
     *
     * @throws io.pinyon.error.MemoryException if the buffers do not fit; nothing is opened then
     * @throws io.pinyon.error.UsageException {@code PIN-KV-TIERS} if it is open already
     */
    void openTiers(KvTiers tiers);

    /**
     * Moves pages, all of them or none. Their contents stay what they are, views that hold them stay valid, and ops may
     * read them wherever they are; only {@link Ops#storeKv} and {@link #copyPage} need those that they touch in the
     * device's own memory ({@code PIN-OP-TIER}). Tables have to be written again before the next op. Ops issued before have
     * read and written them; no op ever sees a page on its way. Not to be recorded.
     *
     * @param pages pages of this device; those that are on the tier already stay
     * @param target the device's own tier, {@link Tier#HOST}, or {@link Tier#DISK} with a store
     * @throws io.pinyon.error.MemoryException if there is no room, {@code PIN-KV-DISKFULL} or {@code PIN-KV-WRITE} if it is
     *     the store that has none
     * @throws KvPageException if a page on disk is lost; no page has moved
     * @throws io.pinyon.error.UsageException {@code PIN-KV-TIERS} for a tier that is not open
     */
    void move(List<KvPage> pages, Tier target);

    /**
     * A page that an earlier process left in the store that {@link #openTiers} was given. It lies on {@link Tier#DISK}.
     *
     * @throws io.pinyon.error.UsageException {@code PIN-KV-TIERS} without a store
     */
    KvPage openPage(PageStore.Stored stored);

    /**
     * Waits for outstanding ops and copies the bytes of a page, wherever it lies.
     *
     * @param target as many bytes as the page has
     * @throws KvPageException if the page is lost
     */
    void read(KvPage source, MemorySegment target);

    /**
     * Replaces the bytes of a page, for ops that are issued from now on.
     *
     * @param target in the device's own memory
     * @param source as many bytes as the page has
     */
    void write(KvPage target, MemorySegment source);

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
