/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import org.jspecify.annotations.Nullable;

/** Addresses of the driver's functions, each looked up when it is first called. */
final class Symbols {
    private final SymbolLookup library;
    private final Map<Call, MemorySegment> found = new ConcurrentHashMap<>();

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
        MemorySegment known = found.get(call);
        if (known != null) {
            return known;
        }
        MemorySegment address = find(call);
        if (address == null) {
            throw new CudaException(CudaResult.NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED",
                    "the installed driver does not have this function", call.symbol());
        }
        found.put(call, address);
        return address;
    }

    private @Nullable MemorySegment find(Call call) {
        return library.find(call.symbol()).or(() -> library.find(call.older())).orElse(null);
    }
}
