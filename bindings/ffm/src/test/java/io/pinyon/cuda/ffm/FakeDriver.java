/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assumptions.abort;

/** A library with the names of the CUDA driver that writes down how it is called; made by the C compiler that is here. */
@SuppressWarnings("restricted") // the tests call native code as the bridge does
final class FakeDriver {
    private final Path library;
    private final SymbolLookup lookup;

    private FakeDriver(Path library) {
        this.library = library;
        lookup = SymbolLookup.libraryLookup(library, Arena.global());
    }

    /**
     * Compiles it; without a compiler the test is skipped.
     *
     * @param directory where it is written
     * @param defines names that the C source knows, as {@code NAME} or {@code NAME=value}
     */
    static FakeDriver compile(Path directory, String... defines) throws IOException, InterruptedException {
        Path source = directory.resolve("fake_driver.c");
        try (InputStream in = FakeDriver.class.getResourceAsStream("fake_driver.c")) {
            Files.write(source, in.readAllBytes());
        }
        Path library = directory.resolve("libfake" + String.join("", defines).replace('=', '_') + ".so");
        List<String> command = new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-o",
                library.toString(), source.toString()));
        for (String define : defines) {
            command.add("-D" + define);
        }
        Process compiler;
        try {
            compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return abort("no gcc to make a fake driver with: " + e.getMessage());
        }
        String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (compiler.waitFor() != 0) {
            throw new IllegalStateException("the fake driver does not compile:\n" + output);
        }
        return new FakeDriver(library);
    }

    /** Path of the library. */
    String path() {
        return library.toString();
    }

    /** A bridge to it. */
    FfmCudaDriver bridge() {
        return new FfmCudaDriver(lookup);
    }

    /** Forgets calls and answers. */
    void reset() {
        try {
            Linker.nativeLinker().downcallHandle(lookup.findOrThrow("fake_reset"), FunctionDescriptor.ofVoid())
                    .invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Lets a function return a result from now on. */
    void answer(String symbol, int result) {
        try (Arena arena = Arena.ofConfined()) {
            Linker.nativeLinker().downcallHandle(lookup.findOrThrow("fake_answer"),
                    FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT)).invokeExact(arena.allocateFrom(symbol), result);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The calls since the last question, one per line. */
    List<String> calls() {
        try {
            var log = (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(lookup.findOrThrow("fake_log"), FunctionDescriptor.of(ADDRESS)).invokeExact();
            List<String> calls = log.reinterpret(Long.MAX_VALUE).getString(0).lines().toList();
            reset();
            return calls;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
