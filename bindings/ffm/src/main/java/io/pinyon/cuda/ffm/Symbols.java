/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import org.jspecify.annotations.Nullable;

/** Addresses of the driver's functions, each looked up when it is first called. */
final class Symbols {
    private final SymbolLookup library;
    // Written without a lock: a segment is immutable, and whoever misses it looks it up again.
    private final @Nullable MemorySegment[] found = new MemorySegment[Call.values().length];

    Symbols(SymbolLookup library) {
        this.library = library;
    }

    /** Whether the driver has a function. */
    boolean has(Call call) {
        return find(call) != null;
    }

    /**
     * The address of a function.
     *
     * @throws CudaException {@code CUDA_ERROR_NOT_SUPPORTED} if the driver does not have it
     */
    MemorySegment address(Call call) {
        MemorySegment known = found[call.ordinal()];
        if (known != null) {
            return known;
        }
        MemorySegment address = find(call);
        if (address == null) {
            throw new CudaException(CudaResult.NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED",
                    "the installed driver does not have this function", call.symbols().getFirst());
        }
        found[call.ordinal()] = address;
        return address;
    }

    private @Nullable MemorySegment find(Call call) {
        for (String symbol : call.symbols()) {
            MemorySegment address = library.find(symbol).orElse(null);
            if (address != null) {
                return address;
            }
        }
        return null;
    }
}
