/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32C;

import io.pinyon.device.contract.Seeds;
import io.pinyon.error.PinyonException;
import io.pinyon.memory.Purpose;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/** Damaged snapshots are refused, whatever is damaged. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SnapshotFuzzTest {
    private static final int HEAD_BYTES = 4096;
    private static final int[] TOKENS = {5, 17, 30, 42, 8};

    private Model model;
    private Path file;
    private byte[] original;

    @BeforeAll
    void save(@TempDir Path temporary) throws IOException {
        model = Pinyon.load(TinyModel.in(temporary), ModelOptions.defaults().withDevice("scalar"));
        file = temporary.resolve("session.kv");
        try (Session session = model.session(SessionOptions.defaults().withKv("codec=f16/bf16:page=4"))) {
            session.append(TOKENS);
            session.save(file, "note");
        }
        original = Files.readAllBytes(file);
        assertThat(original).hasSize(3 * 4096);
    }

    @AfterAll
    void unload() {
        model.close();
    }

    /** Whether a file was opened; it is refused with a code otherwise. */
    private boolean opens(byte[] bytes, String label) throws IOException {
        Files.write(file, bytes);
        return opens(label);
    }

    /** As {@link #opens(byte[], String)}, of the original with one other byte. */
    private boolean opens(int offset, int bits, String label) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(offset);
            bytes.write(original[offset] ^ bits);
            boolean opened = opens(label);
            bytes.seek(offset);
            bytes.write(original[offset]);
            return opened;
        }
    }

    private boolean opens(String label) {
        try (Session session = model.open(file)) {
            assertThat(session.length()).as(label).isLessThanOrEqualTo(512);
            return true;
        } catch (PinyonException e) {
            assertThat(e.code()).as(label).startsWith("PIN-");
            return false;
        } catch (RuntimeException | Error e) {
            return fail(label, e);
        } finally {
            assertThat(model.memory().bytes(Purpose.KV)).as(label).isZero();
            assertThat(model.memory().bytes(Purpose.STAGING)).as(label).isZero();
        }
    }

    @Test
    void flippedBytesAreNoticed() throws IOException {
        Random random = Seeds.random("bytes");
        assertThat(opens(original, "unchanged")).isTrue();
        for (int i = 0; i < original.length; i += i < HEAD_BYTES ? 1 : 1 + random.nextInt(8)) {
            assertThat(opens(i, 1 + random.nextInt(255), "byte " + i)).as("byte %d", i).isFalse();
        }
    }

    @Test
    void everyFlippedBitOfTheFirstFieldsIsNoticed() throws IOException {
        assertThat(opens(original, "unchanged")).isTrue();
        for (int bit = 0; bit < 8 * 128; bit++) {
            assertThat(opens(bit / 8, 1 << bit % 8, "bit " + bit)).as("bit %d", bit).isFalse();
        }
    }

    @Test
    void fieldsThatLieAreRefusedThoughChecksumsFit() throws IOException {
        Random random = Seeds.random("lies");
        int[] values = {0, 1, -1, 513, Integer.MAX_VALUE, 1 << 20};
        // every 32-bit word behind the fingerprint takes every value
        for (int at = 64; at < 300; at++) {
            for (int value : values) {
                byte[] changed = original.clone();
                numbers(changed).putInt(at, value);
                opens(sealed(changed), "word " + at + " is " + value);
            }
        }
        for (int round = 0; round < 400; round++) {
            byte[] changed = original.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                int at = random.nextInt(5) == 0 ? 12 + random.nextInt(4) : 64 + random.nextInt(240);
                changed[at] = (byte) random.nextInt();
            }
            opens(sealed(changed), "round " + round);
        }
    }

    /** Makes the checksums of a head fit. */
    private static byte[] sealed(byte[] bytes) {
        numbers(bytes).putInt(24, checksum(bytes, 32, HEAD_BYTES));
        numbers(bytes).putInt(28, checksum(bytes, 0, 28));
        return bytes;
    }

    private static ByteBuffer numbers(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int checksum(byte[] bytes, int from, int to) {
        var crc = new CRC32C();
        crc.update(bytes, from, to - from);
        return (int) crc.getValue();
    }

    @Test
    void anyOtherBytesAreRefused() throws IOException {
        Random random = Seeds.random("noise");
        for (int round = 0; round < 300; round++) {
            byte[] noise = new byte[random.nextInt(10_000)];
            random.nextBytes(noise);
            assertThat(opens(noise, "noise " + round)).isFalse();
            System.arraycopy(original, 0, noise, 0, Math.min(12, noise.length));
            assertThat(opens(noise, "noise behind a version " + round)).isFalse();
        }
    }
}
