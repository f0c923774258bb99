/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

import io.pinyon.error.ModelFileException;

/**
 * Reads the header of a GGUF file from front to back. No count is believed: what it promises must fit in the bytes that
 * are left before anything is allocated for it.
 */
final class GgufCursor {
    /** Longest key or tensor name; the specification allows 65535 bytes for a key and 64 for a name. */
    private static final int NAME_LIMIT = 65535;
    private static final int NESTING_LIMIT = 2;
    /** A header is read through a byte buffer, whose length is an int; the largest vocabularies take a hundredth. */
    private static final long HEADER_LIMIT = 1L << 30;

    private final String file;
    private final ByteBuffer bytes;

    GgufCursor(MappedFile file) {
        this.file = file.path().toString();
        this.bytes = file.bytes().asSlice(0, Math.min(file.size(), HEADER_LIMIT)).asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    int position() {
        return bytes.position();
    }

    int u32(String what) {
        need(4, what);
        return bytes.getInt();
    }

    long u64(String what) {
        need(8, what);
        return bytes.getLong();
    }

    /** A 64-bit count of things that take at least {@code least} bytes each. */
    int count(int least, String what) {
        long count = u64(what);
        if (count < 0 || count > bytes.remaining() / least) {
            throw malformed("PIN-GGUF-COUNT", Long.toUnsignedString(count) + " as the " + what + ", but at most "
                    + bytes.remaining() + " bytes of header follow");
        }
        return (int) count;
    }

    /** A key or the name of a tensor. */
    String name(String what) {
        int start = position();
        int length = count(1, "length of " + what);
        if (length > NAME_LIMIT) {
            throw malformed("PIN-GGUF-COUNT", length + " bytes as " + what + " at byte " + start + ", the limit is "
                    + NAME_LIMIT);
        }
        return text(length, what);
    }

    MetadataValue value(String key) {
        return value(type(key), key, 0);
    }

    private MetadataType type(String key) {
        int number = u32("type of " + key);
        return MetadataType.byNumber(number).orElseThrow(() -> malformed("PIN-GGUF-VALUETYPE",
                "unknown value type " + Integer.toUnsignedString(number) + " for key " + key));
    }

    private MetadataValue value(MetadataType type, String key, int depth) {
        need(type.bytes(), key);
        return switch (type) {
            case UINT8 -> new MetadataValue.Whole(type, bytes.get() & 0xff);
            case INT8 -> new MetadataValue.Whole(type, bytes.get());
            case UINT16 -> new MetadataValue.Whole(type, bytes.getShort() & 0xffff);
            case INT16 -> new MetadataValue.Whole(type, bytes.getShort());
            case UINT32 -> new MetadataValue.Whole(type, bytes.getInt() & 0xffffffffL);
            case INT32 -> new MetadataValue.Whole(type, bytes.getInt());
            case UINT64, INT64 -> new MetadataValue.Whole(type, bytes.getLong());
            case FLOAT32 -> new MetadataValue.Real(type, bytes.getFloat());
            case FLOAT64 -> new MetadataValue.Real(type, bytes.getDouble());
            case BOOL -> new MetadataValue.Flag(truth(key));
            case STRING -> new MetadataValue.Text(text(count(1, "length of " + key), key));
            case ARRAY -> array(key, depth);
        };
    }

    private boolean truth(String key) {
        byte value = bytes.get();
        if (value != 0 && value != 1) {
            throw malformed("PIN-GGUF-BOOL", "the byte " + value + " as truth value of " + key);
        }
        return value == 1;
    }

    private MetadataValue array(String key, int depth) {
        MetadataType type = type(key);
        int count = count(type.bytes(), "length of array " + key);
        return new MetadataValue.Sequence(type, switch (type) {
            case ARRAY -> nested(key, count, depth + 1);
            case STRING -> strings(key, count);
            default -> fixed(type, key, count);
        });
    }

    private List<MetadataValue> nested(String key, int count, int depth) {
        if (depth == NESTING_LIMIT) {
            throw malformed("PIN-GGUF-NESTING", "arrays in arrays in arrays for key " + key);
        }
        List<MetadataValue> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(array(key, depth));
        }
        return List.copyOf(values);
    }

    /** Only finds where the strings start: decoding a vocabulary takes longer than the rest of the header. */
    private List<MetadataValue> strings(String key, int count) {
        int[] starts = new int[count];
        for (int i = 0; i < count; i++) {
            starts[i] = position();
            int length = count(1, "length of string");
            bytes.position(bytes.position() + length);
        }
        return lazy(count, (cursor, i) -> {
            cursor.bytes.position(starts[i]);
            return cursor.value(MetadataType.STRING, key, 0);
        });
    }

    private List<MetadataValue> fixed(MetadataType type, String key, int count) {
        int start = position();
        bytes.position(start + count * type.bytes());
        return lazy(count, (cursor, i) -> {
            cursor.bytes.position(start + i * type.bytes());
            return cursor.value(type, key, 0);
        });
    }

    private interface Element {
        MetadataValue read(GgufCursor cursor, int index);
    }

    private GgufCursor(String file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    private List<MetadataValue> lazy(int count, Element element) {
        return new LazyList(file, bytes, count, element);
    }

    /** Elements decoded on demand, by a cursor of their own so that threads do not meet. */
    private static final class LazyList extends AbstractList<MetadataValue> implements RandomAccess {
        private final String file;
        private final ByteBuffer bytes;
        private final int count;
        private final Element element;

        LazyList(String file, ByteBuffer bytes, int count, Element element) {
            this.file = file;
            this.bytes = bytes;
            this.count = count;
            this.element = element;
        }

        @Override
        public MetadataValue get(int index) {
            Objects.checkIndex(index, count);
            return element.read(new GgufCursor(file, bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN)), index);
        }

        @Override
        public int size() {
            return count;
        }
    }

    private String text(int length, String what) {
        int start = position();
        byte[] utf8 = new byte[length];
        bytes.get(utf8);
        String text = new String(utf8, StandardCharsets.UTF_8);
        if (text.indexOf('\ufffd') >= 0) {
            requireUtf8(utf8, what, start);
        }
        return text;
    }

    /** The replacement character may be meant; only a strict decoder can tell. */
    private void requireUtf8(byte[] utf8, String what, int start) {
        try {
            CharBuffer _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
        } catch (CharacterCodingException e) {
            throw malformed("PIN-GGUF-UTF8", "bytes that are not UTF-8 in " + what + " at byte " + start);
        }
    }

    private void need(int count, String what) {
        if (bytes.remaining() < count) {
            throw malformed("PIN-GGUF-TRUNCATED", "no header that is complete within "
                    + bytes.limit() + " bytes: it ends in " + what);
        }
    }

    ModelFileException malformed(String code, String found) {
        return new ModelFileException(code, file + " has " + Printable.of(found), "fetch or convert the model again");
    }
}
