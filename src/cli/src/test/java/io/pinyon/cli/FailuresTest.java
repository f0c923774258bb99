/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import io.pinyon.error.DeviceException;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FailuresTest {
    @Test
    void theKindDecidesTheExitStatus() {
        assertThat(Failures.exitStatus(new EngineException("PIN-X-Y", "a", "b"))).isEqualTo(1);
        assertThat(Failures.exitStatus(new UsageException("PIN-X-Y", "a", "b"))).isEqualTo(2);
        assertThat(Failures.exitStatus(new ModelFileException("PIN-X-Y", "a", "b"))).isEqualTo(3);
        assertThat(Failures.exitStatus(new MemoryException("PIN-X-Y", "a", "b"))).isEqualTo(4);
        assertThat(Failures.exitStatus(new DeviceException("PIN-X-Y", "a", "b"))).isEqualTo(5);
    }

    @Test
    void everythingElseGetsACode() {
        assertThat(Failures.coded(new OutOfMemoryError("Java heap space")).code()).isEqualTo("PIN-MEMORY-HEAP");
        assertThat(Failures.exitStatus(Failures.coded(new OutOfMemoryError("Java heap space")))).isEqualTo(4);
        assertThat(Failures.coded(new StackOverflowError()).code()).isEqualTo("PIN-INTERNAL");
        assertThat(Failures.exitStatus(Failures.coded(new NullPointerException()))).isEqualTo(1);
    }

    @Test
    void anErrorIsOneLine() {
        assertThat(Failures.line(new UsageException("PIN-X-Y", "one\n  two", "three\r\nfour")))
                .isEqualTo("pinyon: PIN-X-Y: one two; three four");
    }
}
