/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConsoleTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void aReaderThatWentAwayEndsACommandQuietly() {
        assertThat(runWith("Broken pipe")).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void aFullDiskIsAnError() {
        assertThat(runWith("No space left on device")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("pinyon: PIN-IO-STDOUT: ")
                .contains("No space left on device");
    }

    @Test
    void progressIsSilentUnlessPeopleWatch() throws InterruptedException {
        assertThat(progress(false)).isEmpty();
        assertThat(progress(true)).contains("half").contains(" 50 %").endsWith("\r");
    }

    private String progress(boolean shown) throws InterruptedException {
        err.reset();
        try (var progress = new Progress(new PrintStream(err, true, StandardCharsets.UTF_8), "title", shown)) {
            Thread.sleep(120);
            progress.update(1, 2, "half");
        }
        return err.toString(StandardCharsets.UTF_8);
    }

    private int runWith(String message) {
        try (var console = new Console(Reader.nullReader(), new Failing(message),
                new PrintStream(err, true, StandardCharsets.UTF_8), false)) {
            return new PinyonCommand(console).run("--version");
        }
    }

    /** Refuses to write, as the operating system would. */
    private static final class Failing extends Writer {
        private final String message;

        Failing(String message) {
            this.message = message;
        }

        @Override
        public void write(char[] buffer, int offset, int length) throws IOException {
            throw new IOException(message);
        }

        @Override
        public void flush() {
            // nothing is held
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
