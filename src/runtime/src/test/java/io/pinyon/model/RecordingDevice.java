/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceInfo;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.device.Ops;
import io.pinyon.device.PageStore;
import io.pinyon.device.Recording;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.format.TensorData;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Tier;

import static org.assertj.core.api.Assertions.assertThat;

/** The scalar device, with recordings that issue their ops again; they may do nothing but that. */
final class RecordingDevice implements Device {
    private final Device scalar = new ScalarDevice(DeviceOptions.defaults());
    private final List<String> events = new ArrayList<>();
    private final boolean records;
    private boolean replaying;
    private int open;

    RecordingDevice(boolean records) {
        this.records = records;
    }

    /** What happened since the last call: {@code record}, {@code run} or {@code close}, with the recording's number. */
    List<String> events() {
        List<String> all = List.copyOf(events);
        events.clear();
        return all;
    }

    /** Recordings that are not closed. */
    int open() {
        return open;
    }

    @Override
    public Optional<Recording> record(Runnable ops) {
        events.add("record");
        if (!records) {
            return Optional.empty();
        }
        open++;
        return Optional.of(new Recording() {
            private boolean closed;

            @Override
            public void run() {
                assertThat(closed).as("closed").isFalse();
                events.add("run");
                replaying = true;
                ops.run();
                replaying = false;
            }

            @Override
            public void close() {
                open -= closed ? 0 : 1;
                closed = true;
                events.add("close");
            }
        });
    }

    /** The device, for what a recording may not do. */
    private Device outside() {
        assertThat(replaying).as("within a recording").isFalse();
        return scalar;
    }

    @Override
    public Ops ops() {
        return scalar.ops();
    }

    @Override
    public DeviceInfo info() {
        return scalar.info();
    }

    @Override
    public MemoryAccount memory() {
        return scalar.memory();
    }

    @Override
    public Tensor allocate(int rows, int cols) {
        return outside().allocate(rows, cols);
    }

    @Override
    public IntTensor allocateInts(int length) {
        return outside().allocateInts(length);
    }

    @Override
    public Tensor upload(float[] values, int rows) {
        return outside().upload(values, rows);
    }

    @Override
    public WeightMatrix load(TensorData data) {
        return outside().load(data);
    }

    @Override
    public Tier tier() {
        return scalar.tier();
    }

    @Override
    public void openTiers(KvTiers tiers) {
        scalar.openTiers(tiers);
    }

    @Override
    public void move(List<KvPage> pages, Tier target) {
        scalar.move(pages, target);
    }

    @Override
    public KvPage openPage(PageStore.Stored stored) {
        return scalar.openPage(stored);
    }

    @Override
    public void read(KvPage source, MemorySegment target) {
        scalar.read(source, target);
    }

    @Override
    public void write(KvPage target, MemorySegment source) {
        scalar.write(target, source);
    }

    @Override
    public KvPage allocatePage(KvLayout layout) {
        return outside().allocatePage(layout);
    }

    @Override
    public void copyPage(KvPage source, KvPage target) {
        outside().copyPage(source, target);
    }

    @Override
    public KvTable allocateKvTable(int layers, int maxRows) {
        return outside().allocateKvTable(layers, maxRows);
    }

    @Override
    public void write(KvTable table, int rows, List<KvSpan> spans) {
        outside().write(table, rows, spans);
    }

    @Override
    public void write(IntTensor target, int... values) {
        outside().write(target, values);
    }

    @Override
    public void write(Tensor target, float[] values) {
        outside().write(target, values);
    }

    @Override
    public void read(Tensor source, float[] target, int offset) {
        outside().read(source, target, offset);
    }

    @Override
    public void read(IntTensor source, int[] target) {
        outside().read(source, target);
    }

    @Override
    public void close() {
        scalar.close();
    }
}
