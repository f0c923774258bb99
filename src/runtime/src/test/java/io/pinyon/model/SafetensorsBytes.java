/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Damages safetensors files. */
final class SafetensorsBytes {
    private SafetensorsBytes() {}

    /** Overwrites one 16-bit element. */
    static void overwrite(Path file, String tensor, int element, int bits) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = (int) bytes.getLong(0);
        String header = new String(bytes.array(), 8, headerBytes, StandardCharsets.UTF_8);
        Matcher offset = Pattern
                .compile("\"" + Pattern.quote(tensor) + "\":\\{[^}]*\"data_offsets\":\\[(\\d+),").matcher(header);
        if (!offset.find()) {
            throw new IOException("no tensor " + tensor);
        }
        bytes.putShort(8 + headerBytes + Integer.parseInt(offset.group(1)) + 2 * element, (short) bits);
        Files.write(file, bytes.array());
    }

    /** Renames every tensor whose name starts so. */
    static void rename(Path file, String prefix, String newPrefix) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = (int) bytes.getLong(0);
        byte[] header = new String(bytes.array(), 8, headerBytes, StandardCharsets.UTF_8)
                .replace("\"" + prefix, "\"" + newPrefix).getBytes(StandardCharsets.UTF_8);
        int dataBytes = bytes.capacity() - 8 - headerBytes;
        ByteBuffer renamed = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        renamed.putLong(header.length).put(header).put(bytes.array(), 8 + headerBytes, dataBytes);
        Files.write(file, renamed.array());
    }
}
