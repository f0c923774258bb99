/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A file that does a few bytes at a time, and fails when it is told to. */
final class FaultyChannel extends FileChannel {
    /** What may happen before an operation. */
    interface Fault {
        void before(String operation) throws IOException;
    }

    private final FileChannel file;
    private final int mostBytes;
    private final Fault fault;

    FaultyChannel(FileChannel file, int mostBytes, Fault fault) {
        this.file = file;
        this.mostBytes = mostBytes;
        this.fault = fault;
    }

    private interface Transfer {
        int of(ByteBuffer part) throws IOException;
    }

    private int few(ByteBuffer buffer, Transfer transfer) throws IOException {
        ByteBuffer part = buffer.slice(buffer.position(), Math.min(mostBytes, buffer.remaining()));
        int count = transfer.of(part);
        buffer.position(buffer.position() + Math.max(0, count));
        return count;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        fault.before("read");
        return few(target, part -> file.read(part, position));
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        fault.before("write");
        return few(source, part -> file.write(part, position));
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        fault.before("truncate");
        file.truncate(size);
        return this;
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }

    @Override
    public int read(ByteBuffer target) {
        throw unexpected();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw unexpected();
    }

    @Override
    public int write(ByteBuffer source) {
        throw unexpected();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw unexpected();
    }

    @Override
    public long position() {
        throw unexpected();
    }

    @Override
    public FileChannel position(long position) {
        throw unexpected();
    }

    @Override
    public void force(boolean metadata) {
        throw unexpected();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw unexpected();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw unexpected();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw unexpected();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw unexpected();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw unexpected();
    }

    private static AssertionError unexpected() {
        return new AssertionError("not expected of a page file");
    }
}
