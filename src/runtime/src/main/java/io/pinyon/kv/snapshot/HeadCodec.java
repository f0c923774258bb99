/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import io.pinyon.kv.Fingerprint;

/** The head of a file as bytes. No count is believed before the bytes that it speaks of are seen to be there. */
final class HeadCodec {
    private static final int FIXED_BYTES = 88;
    private static final int RANGE_BYTES = 2 * Integer.BYTES;
    /** Two lengths of texts, four numbers, one of 64 bits. */
    private static final int LEAST_LAYER_BYTES = 6 * Integer.BYTES + Long.BYTES;

    private HeadCodec() {}

    /** All bytes of the head, with its checksums. */
    static ByteBuffer encode(SnapshotHead head) {
        List<byte[]> texts = List.of(utf8(head.modelName()), utf8(head.codec()), utf8(head.note()));
        if (texts.getLast().length > SnapshotFormat.MAX_NOTE_BYTES) {
            throw new UsageException("PIN-SNAPSHOT-NOTE", "a note of " + texts.getLast().length + " bytes",
                    "use one of at most " + SnapshotFormat.MAX_NOTE_BYTES);
        }
        long size = FIXED_BYTES + (long) Integer.BYTES * head.length();
        for (byte[] text : texts) {
            size += Integer.BYTES + text.length;
        }
        for (LayerLayout layer : head.layers()) {
            size += LEAST_LAYER_BYTES + utf8(layer.keyFormat()).length + utf8(layer.valueFormat()).length;
        }
        int aligned = Math.toIntExact(SnapshotFormat.aligned(size));
        ByteBuffer bytes = ByteBuffer.allocate(aligned).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(SnapshotFormat.PRELUDE_BYTES);
        bytes.put(head.model().bytes()).putInt(head.contextLength()).putInt(head.length()).putInt(head.committed());
        bytes.putInt(head.committed()).putInt(0).putInt(head.layers().size());
        texts.forEach(text -> text(bytes, text));
        for (LayerLayout layer : head.layers()) {
            text(bytes, utf8(layer.keyFormat()));
            text(bytes, utf8(layer.valueFormat()));
            bytes.putInt(layer.kvHeads()).putInt(layer.keyDim()).putInt(layer.valueDim()).putInt(layer.pageTokens());
            bytes.putLong(layer.pageBytes());
        }
        for (int token : head.tokens()) {
            bytes.putInt(token);
        }
        prelude(bytes, new Blocks(aligned, head.layers(), head.committed()).end());
        return bytes.clear();
    }

    private static void prelude(ByteBuffer bytes, long fileBytes) {
        bytes.clear();
        bytes.put(SnapshotFormat.magic()).putInt(SnapshotFormat.VERSION).putInt(bytes.capacity()).putLong(fileBytes);
        bytes.putInt(SnapshotFormat.checksum(tail(bytes)));
        bytes.putInt(SnapshotFormat.checksum(bytes.duplicate().position(0).limit(SnapshotFormat.PRELUDE_CHECKED)));
    }

    private static ByteBuffer tail(ByteBuffer bytes) {
        return bytes.duplicate().clear().position(SnapshotFormat.PRELUDE_BYTES);
    }

    /**
     * Reads a head whose prelude has been checked.
     *
     * @param file for messages
     * @param bytes all bytes of the head
     */
    static SnapshotHead decode(Object file, ByteBuffer bytes) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        if (SnapshotFormat.checksum(tail(bytes)) != bytes.getInt(SnapshotFormat.PRELUDE_CHECKED - Integer.BYTES)) {
            throw SnapshotFormat.corrupt(file, "the checksum of its head differs");
        }
        return new Reader(file, bytes.clear().position(SnapshotFormat.PRELUDE_BYTES)).head();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void text(ByteBuffer bytes, byte[] text) {
        bytes.putInt(text.length).put(text);
    }

    /** Takes one field after the other. */
    private record Reader(Object file, ByteBuffer bytes) {
        SnapshotHead head() {
            byte[] fingerprint = new byte[Fingerprint.BYTES];
            bytes.get(fingerprint);
            int context = count("a context length", 0);
            int length = count("tokens", Integer.BYTES);
            int committed = count("committed tokens", 0);
            int entries = count("entries", 0);
            int removed = count("removed ranges", RANGE_BYTES);
            int layers = count("layers", LEAST_LAYER_BYTES);
            String name = text();
            String codec = text();
            String note = text();
            if (removed > 0) {
                throw new ModelFileException("PIN-SNAPSHOT-VERSION",
                        "snapshot " + file + " has " + removed + " removed ranges of tokens",
                        "open it with a newer version of Pinyon");
            }
            if (committed > length || length > context || entries != committed) {
                throw SnapshotFormat.corrupt(file, "it has " + entries + " entries of " + committed
                        + " committed tokens of " + length + " in a context of " + context);
            }
            List<LayerLayout> layouts = new ArrayList<>();
            for (int i = 0; i < layers; i++) {
                layouts.add(layer());
            }
            return new SnapshotHead(Fingerprint.of(fingerprint), name, codec, note, context, tokens(length), committed,
                    layouts);
        }

        private LayerLayout layer() {
            String keys = text();
            String values = text();
            require(LEAST_LAYER_BYTES - 2 * Integer.BYTES);
            return new LayerLayout(keys, values, bytes.getInt(), bytes.getInt(), bytes.getInt(), bytes.getInt(),
                    bytes.getLong());
        }

        private int[] tokens(int count) {
            require((long) Integer.BYTES * count);
            int[] tokens = new int[count];
            bytes.asIntBuffer().get(tokens);
            return tokens;
        }

        private int count(String what, int leastBytesOfEach) {
            int count = bytes.getInt();
            if (count < 0 || (long) count * leastBytesOfEach > bytes.capacity()) {
                throw SnapshotFormat.corrupt(file,
                        "its head speaks of " + Integer.toUnsignedString(count) + " " + what);
            }
            return count;
        }

        private String text() {
            require(Integer.BYTES);
            int size = bytes.getInt();
            require(size);
            ByteBuffer text = bytes.slice(bytes.position(), size);
            bytes.position(bytes.position() + size);
            try {
                return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
            } catch (CharacterCodingException _) {
                throw SnapshotFormat.corrupt(file, "its head has a text that is not UTF-8");
            }
        }

        private void require(long size) {
            if (size < 0 || size > bytes.remaining()) {
                throw SnapshotFormat.corrupt(file, "its head ends within a field");
            }
        }
    }
}
