/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import tools.jackson.databind.ObjectMapper;

/** Writes a Llama of random weights with one token per byte, in the layout of Hugging Face. It knows nothing. */
final class TinyModel {
    static final int BOS = 256;
    static final int VOCABULARY = 258;
    static final int CONTEXT = 512;
    private static final int HIDDEN = 64;
    private static final int HEAD_DIM = 16;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int FEED_FORWARD = 96;
    private static final int LAYERS = 2;
    private static final long SEED = 20261124;

    private final Path directory;
    private final Random random = new Random(SEED);
    private final Map<String, Object> header = new LinkedHashMap<>();
    private final ByteArrayOutputStream weights = new ByteArrayOutputStream();
    private final ObjectMapper json = new ObjectMapper();

    private TinyModel(Path directory) {
        this.directory = directory;
    }

    /** Writes the model, without a chat template, and returns its directory. */
    static Path write(Path directory) {
        return new TinyModel(directory).write(Map.of());
    }

    /** Writes the model with a chat template. */
    static Path writeWithTemplate(Path directory, String template) {
        return new TinyModel(directory).write(Map.of("chat_template", template));
    }

    private Path write(Map<String, Object> tokenizerConfig) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("config.json"), json.writeValueAsString(config()));
            Files.writeString(directory.resolve("tokenizer.json"), json.writeValueAsString(tokenizer()));
            var special = new LinkedHashMap<>(tokenizerConfig);
            special.put("bos_token", "<|bos|>");
            special.put("eos_token", "<|eos|>");
            special.put("add_bos_token", true);
            Files.writeString(directory.resolve("tokenizer_config.json"), json.writeValueAsString(special));
            Files.write(directory.resolve("model.safetensors"), safetensors());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directory;
    }

    private static Map<String, Object> config() {
        var config = new LinkedHashMap<String, Object>();
        config.put("architectures", List.of("LlamaForCausalLM"));
        config.put("model_type", "llama");
        config.put("vocab_size", VOCABULARY);
        config.put("hidden_size", HIDDEN);
        config.put("intermediate_size", FEED_FORWARD);
        config.put("num_hidden_layers", LAYERS);
        config.put("num_attention_heads", HEADS);
        config.put("num_key_value_heads", KV_HEADS);
        config.put("head_dim", HEAD_DIM);
        config.put("max_position_embeddings", CONTEXT);
        config.put("rms_norm_eps", 1e-5);
        config.put("rope_theta", 10000.0);
        config.put("tie_word_embeddings", true);
        config.put("hidden_act", "silu");
        config.put("bos_token_id", BOS);
        config.put("eos_token_id", BOS + 1);
        config.put("torch_dtype", "float32");
        return config;
    }

    private static Map<String, Object> tokenizer() {
        var vocabulary = new LinkedHashMap<String, Integer>();
        int[] bytes = printableBytes();
        for (int i = 0; i < bytes.length; i++) {
            vocabulary.put(String.valueOf((char) bytes[i]), i);
        }
        var byteLevel = Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", true);
        var tokenizer = new LinkedHashMap<String, Object>();
        tokenizer.put("version", "1.0");
        tokenizer.put("added_tokens", List.of(control("<|bos|>", BOS), control("<|eos|>", BOS + 1)));
        tokenizer.put("pre_tokenizer", byteLevel);
        tokenizer.put("decoder", byteLevel);
        tokenizer.put("model", Map.of("type", "BPE", "vocab", vocabulary, "merges", List.of()));
        return tokenizer;
    }

    private static Map<String, Object> control(String content, int id) {
        return Map.of("id", id, "content", content, "single_word", false, "lstrip", false, "rstrip", false,
                "normalized", false, "special", true);
    }

    /** The characters that byte-level vocabularies write for the bytes 0 to 255. */
    private static int[] printableBytes() {
        int[] written = new int[256];
        int next = 256;
        for (int i = 0; i < 256; i++) {
            boolean printable = (i >= '!' && i <= '~') || (i >= 0xa1 && i <= 0xac) || i >= 0xae;
            written[i] = printable ? i : next++;
        }
        return written;
    }

    private byte[] safetensors() throws IOException {
        matrix("model.embed_tokens.weight", VOCABULARY, HIDDEN);
        for (int i = 0; i < LAYERS; i++) {
            String layer = "model.layers." + i + ".";
            norm(layer + "input_layernorm.weight");
            matrix(layer + "self_attn.q_proj.weight", HEADS * HEAD_DIM, HIDDEN);
            matrix(layer + "self_attn.k_proj.weight", KV_HEADS * HEAD_DIM, HIDDEN);
            matrix(layer + "self_attn.v_proj.weight", KV_HEADS * HEAD_DIM, HIDDEN);
            matrix(layer + "self_attn.o_proj.weight", HIDDEN, HEADS * HEAD_DIM);
            norm(layer + "post_attention_layernorm.weight");
            matrix(layer + "mlp.gate_proj.weight", FEED_FORWARD, HIDDEN);
            matrix(layer + "mlp.up_proj.weight", FEED_FORWARD, HIDDEN);
            matrix(layer + "mlp.down_proj.weight", HIDDEN, FEED_FORWARD);
        }
        norm("model.norm.weight");
        byte[] text = json.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        int padded = Math.ceilDiv(text.length, 8) * 8;
        ByteBuffer file = ByteBuffer.allocate(8 + padded + weights.size()).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(padded).put(text).put(" ".repeat(padded - text.length).getBytes(StandardCharsets.US_ASCII));
        return file.put(weights.toByteArray()).array();
    }

    private void matrix(String name, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.3f;
        }
        tensor(name, values, rows, columns);
    }

    private void norm(String name) {
        float[] ones = new float[HIDDEN];
        Arrays.fill(ones, 1);
        tensor(name, ones, HIDDEN);
    }

    private void tensor(String name, float[] values, int... shape) {
        int begin = weights.size();
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        weights.writeBytes(bytes.array());
        header.put(name, Map.of("dtype", "F32", "shape", shape, "data_offsets", new int[]{begin, weights.size()}));
    }
}
