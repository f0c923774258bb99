/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

import io.pinyon.device.PageStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A process that is killed while it writes, as if by kill -9. */
class PageFileKillTest {
    private static final int PAGE = 100_000;
    private static final int OLDER = 20;

    /** Writes pages of one byte value, says which are there, and replaces them one by one for ever. */
    private static final String WRITER = """
            void main(String[] args) {
                try (var arena = java.lang.foreign.Arena.ofConfined();
                        var store = io.pinyon.kv.place.PageFile.open(java.nio.file.Path.of(args[0]), new byte[32], %d,
                                java.util.OptionalLong.empty())) {
                    var page = arena.allocate(%d);
                    int[] slots = new int[20];
                    for (int i = 0;; i++) {
                        if (i >= %d + slots.length) {
                            store.free(slots[i %% slots.length]);
                        }
                        page.fill((byte) i);
                        int slot = store.put(page, ("page " + i).getBytes());
                        if (i >= %d) {
                            slots[i %% slots.length] = slot;
                        }
                        System.out.println(i);
                    }
                }
            }
            """.formatted(PAGE, PAGE, OLDER, OLDER);

    @Test
    void losesNoOlderPage(@TempDir Path folder) throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("Writer.java"), WRITER);
        Path path = folder.resolve("kv.pages");
        Path classes = Path.of(PageFile.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(java.toString(), "-cp", classes.toString(), source.toString(),
                path.toString()).redirectErrorStream(true).start();
        try (BufferedReader output = process.inputReader()) {
            String line = "";
            while (!line.equals(Integer.toString(OLDER + 100))) {
                String next = output.readLine();
                assertThat(next).as("after " + line).isNotNull().matches("[0-9]+");
                line = next;
            }
            assertThatThrownBy(() -> open(path)).hasMessageStartingWith("PIN-KV-FILEBUSY: ");
            process.destroyForcibly().waitFor();
        }
        Set<Integer> found = new HashSet<>();
        try (PageFile store = open(path)) {
            for (PageStore.Stored stored : store.found()) {
                int number = Pages.number(stored);
                byte[] bytes = Pages.get(store, stored.slot(), PAGE);
                assertThat(bytes).as("page %d", number).containsOnly((byte) number);
                found.add(number);
            }
        }
        for (int i = 0; i < OLDER; i++) {
            assertThat(found).contains(i);
        }
        assertThat(found).hasSizeBetween(OLDER + 19, OLDER + 21);
    }

    private static PageFile open(Path path) {
        return PageFile.open(path, new byte[32], PAGE, OptionalLong.empty());
    }
}
