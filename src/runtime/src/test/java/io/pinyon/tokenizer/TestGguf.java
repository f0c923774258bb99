/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads just enough of a GGUF header to get at a vocabulary, apart from the reader under test elsewhere. */
final class TestGguf implements VocabularySource {
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final Map<String, Object> values = new HashMap<>();

    static TestGguf read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer in = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
                    .order(ByteOrder.LITTLE_ENDIAN);
            in.position(16);
            TestGguf gguf = new TestGguf();
            long count = in.getLong();
            for (long i = 0; i < count; i++) {
                gguf.values.put(text(in), value(in, in.getInt()));
            }
            return gguf;
        }
    }

    private static Object value(ByteBuffer in, int type) {
        return switch (type) {
            case 0, 1 -> (long) in.get();
            case 2, 3 -> (long) in.getShort();
            case 4 -> in.getInt() & 0xFFFFFFFFL;
            case 5 -> (long) in.getInt();
            case 6 -> in.getFloat();
            case 7 -> in.get() != 0;
            case STRING -> text(in);
            case ARRAY -> array(in);
            case 10, 11 -> in.getLong();
            case 12 -> in.getDouble();
            default -> throw new IllegalArgumentException("type " + type);
        };
    }

    private static List<Object> array(ByteBuffer in) {
        int type = in.getInt();
        long count = in.getLong();
        List<Object> out = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            out.add(value(in, type));
        }
        return out;
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[(int) in.getLong()];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public Optional<String> string(String key) {
        return Optional.ofNullable((String) values.get(key));
    }

    @Override
    public OptionalLong integer(String key) {
        return values.containsKey(key) ? OptionalLong.of((Long) values.get(key)) : OptionalLong.empty();
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return Optional.ofNullable((Boolean) values.get(key));
    }

    @Override
    public List<String> strings(String key) {
        return list(key).stream().map(String.class::cast).toList();
    }

    @Override
    public int[] ints(String key) {
        return list(key).stream().mapToInt(v -> ((Long) v).intValue()).toArray();
    }

    @Override
    public float[] floats(String key) {
        List<?> list = list(key);
        float[] out = new float[list.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = (Float) list.get(i);
        }
        return out;
    }

    private List<?> list(String key) {
        return values.containsKey(key) ? (List<?>) values.get(key) : List.of();
    }
}
