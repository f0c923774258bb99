/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.MemorySegment;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.LaunchShape;
import io.pinyon.cuda.driver.TensorMapShape;

/**
 * Calls functions of the driver, one method for each signature. All throw {@link CudaException} unless the result is an
 * {@linkplain Call#answers answer}, and return it otherwise.
 */
final class Downcalls {
    private final Symbols symbols;

    Downcalls(Symbols symbols) {
        this.symbols = symbols;
    }

    /** Whether the driver has a function. */
    boolean has(Call call) {
        return symbols.has(call);
    }

    int run(Call call) {
        try {
            return checked(call, (int) Signatures.Nothing.HANDLE.invokeExact(symbols.address(call)));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, int a) {
        try {
            return checked(call, (int) Signatures.OneInt.HANDLE.invokeExact(symbols.address(call), a));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a) {
        try {
            return checked(call, (int) Signatures.OneLong.HANDLE.invokeExact(symbols.address(call), a));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, MemorySegment a) {
        try {
            return checked(call, (int) Signatures.OneMemory.HANDLE.invokeExact(symbols.address(call), a));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, int b) {
        try {
            return checked(call, (int) Signatures.LongInt.HANDLE.invokeExact(symbols.address(call), a, b));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, long b) {
        try {
            return checked(call, (int) Signatures.LongLong.HANDLE.invokeExact(symbols.address(call), a, b));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, MemorySegment b) {
        try {
            return checked(call, (int) Signatures.LongMemory.HANDLE.invokeExact(symbols.address(call), a, b));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, int b, int c) {
        try {
            return checked(call, (int) Signatures.LongIntInt.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, int b, long c) {
        try {
            return checked(call, (int) Signatures.LongIntLong.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, long b, int c) {
        try {
            return checked(call, (int) Signatures.LongLongInt.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, long b, long c) {
        try {
            return checked(call, (int) Signatures.LongLongLong.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, long b, MemorySegment c) {
        try {
            return checked(call, (int) Signatures.LongLongMemory.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, MemorySegment b, int c) {
        try {
            return checked(call, (int) Signatures.LongMemoryInt.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, MemorySegment b, long c) {
        try {
            return checked(call, (int) Signatures.LongMemoryLong.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, MemorySegment a, long b, long c) {
        try {
            return checked(call, (int) Signatures.MemoryLongLong.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, MemorySegment a, long b, int c) {
        try {
            return checked(call, (int) Signatures.MemoryLongInt.HANDLE.invokeExact(symbols.address(call), a, b, c));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, int b, long c, long d) {
        try {
            return checked(call,
                    (int) Signatures.LongIntLongLong.HANDLE.invokeExact(symbols.address(call), a, b, c, d));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, long b, int c, long d) {
        try {
            return checked(call,
                    (int) Signatures.LongLongIntLong.HANDLE.invokeExact(symbols.address(call), a, b, c, d));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, MemorySegment b, long c, long d) {
        try {
            return checked(call,
                    (int) Signatures.LongMemoryLongLong.HANDLE.invokeExact(symbols.address(call), a, b, c, d));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, MemorySegment a, long b, long c, long d) {
        try {
            return checked(call,
                    (int) Signatures.MemoryLongLongLong.HANDLE.invokeExact(symbols.address(call), a, b, c, d));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long a, long b, long c, long d) {
        try {
            return checked(call,
                    (int) Signatures.LongLongLongLong.HANDLE.invokeExact(symbols.address(call), a, b, c, d));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int runCritical(Call call, long output) {
        try {
            return checked(call, (int) Signatures.CriticalLong.HANDLE.invokeExact(symbols.address(call), output));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long targets, long sources, long sizes, long count, long attributes, long firsts,
            long attributeCount, long stream) {
        try {
            return checked(call, (int) Signatures.Batch.HANDLE.invokeExact(symbols.address(call), targets, sources,
                    sizes, count, attributes, firsts, attributeCount, stream));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long targets, long sources, long sizes, long count, long attributes, long firsts,
            long attributeCount, long failed, long stream) {
        try {
            return checked(call, (int) Signatures.IndexedBatch.HANDLE.invokeExact(symbols.address(call), targets,
                    sources, sizes, count, attributes, firsts, attributeCount, failed, stream));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, long function, LaunchShape shape, long stream, long extra) {
        try {
            return checked(call,
                    (int) Signatures.Launch.HANDLE.invokeExact(symbols.address(call), function, shape.gridX(),
                            shape.gridY(), shape.gridZ(), shape.blockX(), shape.blockY(), shape.blockZ(),
                            shape.sharedBytes(), stream, 0L, extra));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    int run(Call call, MemorySegment map, TensorMapShape shape, long dims, long strides, long box,
            long elementStrides) {
        try {
            return checked(call,
                    (int) Signatures.TensorMap.HANDLE.invokeExact(symbols.address(call), map, shape.dataType(),
                            shape.dims().size(), shape.address(), dims, strides, box, elementStrides, 0,
                            shape.swizzle(), shape.l2Promotion(), shape.nanFill() ? 1 : 0));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** The driver's name of a result. */
    String errorName(int code) {
        String name = describe(Call.ERROR_NAME, code);
        return name.isEmpty() ? "CUDA_ERROR_UNKNOWN" : name;
    }

    /** The driver's sentence about a result. */
    String errorText(int code) {
        String text = describe(Call.ERROR_STRING, code);
        return text.isEmpty() ? "the driver does not know this result" : text;
    }

    /** What to throw when a call has a result that is no answer. */
    CudaException failure(Call call, int code) {
        return new CudaException(code, errorName(code), errorText(code), call.symbol());
    }

    private int checked(Call call, int code) {
        if (!call.answers(code)) {
            throw failure(call, code);
        }
        return code;
    }

    /** The text that the driver has for a result; empty if it does not know it. */
    @SuppressWarnings("restricted") // the driver's texts are constants that end with a zero
    private String describe(Call call, int code) {
        if (!symbols.has(call)) {
            return "";
        }
        Scratch scratch = Scratch.get();
        try {
            int result = (int) Signatures.CriticalIntLong.HANDLE.invokeExact(symbols.address(call), code,
                    scratch.output(0));
            long text = scratch.wide(0);
            return result != CudaResult.SUCCESS || text == 0
                    ? ""
                    : MemorySegment.ofAddress(text).reinterpret(Long.MAX_VALUE).getString(0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Method handles declare every throwable; none but unchecked ones occur. */
    private static RuntimeException rethrown(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> throw new AssertionError("a native call threw", e);
        };
    }
}
