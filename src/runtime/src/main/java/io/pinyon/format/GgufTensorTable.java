/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensor table of a GGUF file: read, then laid over the data area and checked against it. */
final class GgufTensorTable {
    /** Name length, number of dimensions, one dimension, type, offset. */
    private static final int LEAST_BYTES = 8 + 4 + 8 + 4 + 8;
    private static final int MAX_RANK = 4;

    private final GgufCursor cursor;

    private record Entry(String name, WeightFormat format, List<Long> shape, long offset, long bytes) {
        long end() {
            return offset + bytes;
        }
    }

    GgufTensorTable(GgufCursor cursor) {
        this.cursor = cursor;
    }

    /** Least bytes of a table of one tensor. */
    static int leastBytes() {
        return LEAST_BYTES;
    }

    Map<String, TensorData> read(int count, int alignment, MemorySegment file) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(entry(alignment));
        }
        requireApart(entries);
        long start = Math.ceilDiv((long) cursor.position(), alignment) * alignment;
        Map<String, TensorData> tensors = LinkedHashMap.newLinkedHashMap(entries.size());
        for (Entry entry : entries) {
            if (entry.end() > file.byteSize() - start) {
                throw cursor.malformed("PIN-GGUF-TRUNCATED", file.byteSize() + " bytes, but tensor " + entry.name
                        + " ends at byte " + (start + entry.end()));
            }
            MemorySegment bytes = file.asSlice(start + entry.offset, entry.bytes);
            if (tensors.put(entry.name, new TensorData(entry.name, entry.format, entry.shape, bytes)) != null) {
                throw cursor.malformed("PIN-GGUF-DUPLICATE", "two tensors named " + entry.name);
            }
        }
        return tensors;
    }

    private Entry entry(int alignment) {
        String name = cursor.name("a tensor name");
        List<Long> shape = shape(name);
        int type = cursor.u32("type of tensor " + name);
        WeightFormat format = WeightFormats.byGgmlType(type).orElseThrow(() -> cursor.malformed("PIN-GGUF-TENSORTYPE",
                "tensor " + name + " of type " + Integer.toUnsignedString(type) + ", which Pinyon does not know"));
        if (shape.getLast() % format.blockElements() != 0) {
            throw cursor.malformed("PIN-GGUF-SHAPE", "rows of " + shape.getLast() + " elements in tensor " + name
                    + ", not a whole number of " + format.name() + " blocks of " + format.blockElements());
        }
        long offset = cursor.u64("offset of tensor " + name);
        if (offset < 0 || offset % alignment != 0) {
            throw cursor.malformed("PIN-GGUF-OFFSET", "tensor " + name + " at offset "
                    + Long.toUnsignedString(offset) + ", not a multiple of the alignment " + alignment);
        }
        long bytes = bytes(name, format, shape);
        if (offset > Long.MAX_VALUE - bytes) {
            throw cursor.malformed("PIN-GGUF-OFFSET", "tensor " + name + " at the impossible offset " + offset);
        }
        return new Entry(name, format, shape, offset, bytes);
    }

    private List<Long> shape(String name) {
        int rank = cursor.u32("number of dimensions of " + name);
        if (rank < 1 || rank > MAX_RANK) {
            throw cursor.malformed("PIN-GGUF-SHAPE", "tensor " + name + " of " + Integer.toUnsignedString(rank)
                    + " dimensions, where there can be 1 to " + MAX_RANK);
        }
        List<Long> innermostFirst = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            long dimension = cursor.u64("dimension of " + name);
            if (dimension <= 0) {
                throw cursor.malformed("PIN-GGUF-SHAPE", "a dimension of " + Long.toUnsignedString(dimension)
                        + " in tensor " + name);
            }
            innermostFirst.add(dimension);
        }
        return innermostFirst.reversed();
    }

    private long bytes(String name, WeightFormat format, List<Long> shape) {
        long blocks = shape.getLast() / format.blockElements();
        try {
            for (long dimension : shape.subList(0, shape.size() - 1)) {
                blocks = Math.multiplyExact(blocks, dimension);
            }
            return Math.multiplyExact(blocks, format.blockBytes());
        } catch (ArithmeticException e) {
            throw cursor.malformed("PIN-GGUF-SHAPE", "tensor " + name + " of the impossible shape " + shape);
        }
    }

    private void requireApart(List<Entry> entries) {
        List<Entry> sorted = entries.stream().sorted(Comparator.comparingLong(Entry::offset)).toList();
        for (int i = 1; i < sorted.size(); i++) {
            Entry before = sorted.get(i - 1);
            Entry entry = sorted.get(i);
            if (entry.offset < before.end()) {
                throw cursor.malformed("PIN-GGUF-OVERLAP", "overlapping tensors " + before.name + " and "
                        + entry.name);
            }
        }
    }
}
