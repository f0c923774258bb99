/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.MemorySegment;

import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.TensorMapShape;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Tensor maps of the tiled kind. */
final class TensorMaps {
    private static final long MAP_BYTES = 128;
    private static final int MAX_RANK = 5;

    private static final long DIMS = 0;
    private static final long STRIDES = 40;
    private static final long BOX = 80;
    private static final long ELEMENT_STRIDES = 104;
    private static final long ROOM = 128;

    private TensorMaps() {}

    static void encode(Downcalls calls, MemorySegment map, TensorMapShape shape) {
        if (map.byteSize() < MAP_BYTES) {
            throw new IllegalArgumentException("a tensor map needs 128 bytes, not " + map.byteSize());
        }
        int rank = shape.dims().size();
        if (rank < 1 || rank > MAX_RANK || shape.strides().size() != rank - 1 || shape.box().size() != rank) {
            throw calls.failure(Call.TENSOR_MAP_ENCODE, CudaResult.INVALID_VALUE);
        }
        MemorySegment room = Scratch.get().room(ROOM);
        for (int i = 0; i < rank; i++) {
            room.set(JAVA_LONG, DIMS + 8L * i, shape.dims().get(i));
            room.set(JAVA_INT, BOX + 4L * i, shape.box().get(i));
            room.set(JAVA_INT, ELEMENT_STRIDES + 4L * i, 1);
        }
        for (int i = 0; i < rank - 1; i++) {
            room.set(JAVA_LONG, STRIDES + 8L * i, shape.strides().get(i));
        }
        calls.run(Call.TENSOR_MAP_ENCODE, map, shape, room.address() + DIMS, room.address() + STRIDES,
                room.address() + BOX,
                room.address() + ELEMENT_STRIDES);
    }
}
