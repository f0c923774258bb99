/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

import io.pinyon.format.TensorData;
import io.pinyon.kv.Fingerprint;
import io.pinyon.model.config.DecoderConfig;

/**
 * Tells models apart by what they compute: SHA-256 over the configuration of the decoder, and over name, shape, format and
 * bytes of every tensor that takes part.
 *
 * <p>Of the bytes it takes samples, because reading all of a large model would take longer than loading it: the first and
 * the last 4 KiB of every tensor, and 4 KiB at every 16 MiB between. Training, merging, pruning or another format change
 * every sample; a file that was edited in one place between samples passes for the original. The model's own name and its
 * tokenizer do not count, and neither does how the file is laid out beyond the names of its tensors.
 */
final class ModelFingerprint {
    private static final String SCHEME = "pinyon model fingerprint 1";
    private static final int SAMPLE_BYTES = 4 << 10;
    private static final long SAMPLE_DISTANCE = 16L << 20;

    private final MessageDigest digest;
    private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES);

    private ModelFingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Computes a fingerprint.
     *
     * @param config all switches of the decoder
     * @param context tokens that the rotary embedding was set up for
     * @param tensors those that take part, in the order of their roles
     */
    static Fingerprint of(DecoderConfig config, int context, List<TensorData> tensors) {
        var fingerprint = new ModelFingerprint();
        fingerprint.text(SCHEME);
        fingerprint.value(nameless(config));
        fingerprint.number(context);
        tensors.forEach(fingerprint::tensor);
        return Fingerprint.of(fingerprint.digest.digest());
    }

    private static DecoderConfig nameless(DecoderConfig config) {
        ModelConfig model = config.model();
        var sizes = new ModelConfig(model.architecture(), "", model.layers(), model.hiddenSize(), model.heads(),
                model.kvHeads(), model.headDim(), model.feedForwardSize(), model.vocabularySize(),
                model.contextLength());
        return new DecoderConfig(sizes, config.attention(), config.mlp(), config.norms(), config.embeddingScale(),
                config.finalSoftcap(), config.tied());
    }

    /** Goes through the components of records, so that a switch that is added to the configuration counts by itself. */
    private void value(Object value) {
        switch (value) {
            case Record settings -> {
                text(settings.getClass().getSimpleName());
                for (RecordComponent component : settings.getClass().getRecordComponents()) {
                    text(component.getName());
                    value(component(settings, component));
                }
            }
            case List<?> values -> {
                number(values.size());
                values.forEach(this::value);
            }
            case Optional<?> optional -> {
                number(optional.isPresent() ? 1 : 0);
                optional.ifPresent(this::value);
            }
            case Enum<?> constant -> text(constant.name());
            case String text -> text(text);
            case Boolean flag -> number(flag ? 1 : 0);
            case Integer integer -> number(integer);
            case Long integer -> number(integer);
            case Float real -> number(Float.floatToIntBits(real));
            case Double real -> number(Double.doubleToLongBits(real));
            default -> throw new IllegalStateException("a configuration with a " + value.getClass());
        }
    }

    private static Object component(Record settings, RecordComponent component) {
        try {
            return component.getAccessor().invoke(settings);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the configuration has hidden parts: " + component, e);
        }
    }

    private void tensor(TensorData tensor) {
        text(tensor.name());
        text(tensor.format().name());
        value(tensor.shape());
        long size = tensor.bytes().byteSize();
        number(size);
        for (long at = 0; at < size; at += SAMPLE_DISTANCE) {
            sample(tensor.bytes(), at, Math.min(SAMPLE_BYTES, size - at));
        }
        long last = Math.min(SAMPLE_BYTES, size);
        sample(tensor.bytes(), size - last, last);
    }

    private void sample(MemorySegment bytes, long offset, long length) {
        digest.update(bytes.asSlice(offset, length).asByteBuffer());
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        digest.update(bytes);
    }

    private void number(long value) {
        digest.update(number.putLong(0, value).array());
    }
}
