/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Changes heads of files and makes their checksums fit. */
final class HeadBytes {
    private HeadBytes() {}

    static void edit(Path file, Consumer<ByteBuffer> change) throws IOException {
        byte[] all = Files.readAllBytes(file);
        ByteBuffer bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        change.accept(bytes);
        bytes.putInt(24, SnapshotFormat.checksum(bytes.duplicate().position(32).limit(bytes.getInt(12))));
        bytes.putInt(28, SnapshotFormat.checksum(bytes.duplicate().position(0).limit(28)));
        Files.write(file, all);
    }
}
