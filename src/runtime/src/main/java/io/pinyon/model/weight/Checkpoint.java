/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.weight;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import io.pinyon.error.ModelFileException;
import io.pinyon.format.TensorData;
import io.pinyon.format.TensorSource;
import io.pinyon.model.config.Features;
import io.pinyon.model.config.Naming;

/** The tensors of a model file by their role; does not own the file. */
public final class Checkpoint {
    private static final int MOST_LISTED = 5;
    private static final String TEXT_PREFIX = "model.";
    /** Where models that also see keep their text part. */
    private static final List<String> TEXT_PREFIXES = List.of(TEXT_PREFIX, "language_model.model.",
            "model.language_model.");
    /** Tensors that take no part in computing text: buffers, vision, and what the configuration has read already. */
    private static final Pattern UNUSED = Pattern.compile(".*\\.rotary_emb\\.inv_freq|rope_(freqs|factors_(long|short))"
            + "\\.weight|(model\\.)?(vision_tower|vision_model|multi_modal_projector)\\..*");

    private final TensorSource source;
    private final TensorNames names;
    private final Naming naming;
    private final String textPrefix;

    /**
     * @param source the file; must stay open as long as the weights are used
     * @param names what tensors are called
     * @param naming which of both names applies
     */
    public Checkpoint(TensorSource source, TensorNames names, Naming naming) {
        this.source = source;
        this.names = names;
        this.naming = naming;
        this.textPrefix = TEXT_PREFIXES.stream().filter(p -> source.names().contains(p + "embed_tokens.weight"))
                .findFirst().orElse(TEXT_PREFIX);
    }

    /** The name of a tensor in this file. */
    public String name(TensorSlot slot) {
        String name = names.name(slot, naming);
        if (textPrefix.equals(TEXT_PREFIX) || naming == Naming.GGUF) {
            return name;
        }
        if (name.startsWith(TEXT_PREFIX)) {
            return textPrefix + name.substring(TEXT_PREFIX.length());
        }
        return source.names().contains(name) ? name : "language_model." + name;
    }

    /** Bytes of all tensors that take part. */
    public long bytes() {
        return source.names().stream().filter(name -> !UNUSED.matcher(name).matches())
                .flatMap(name -> source.find(name).stream()).mapToLong(data -> data.bytes().byteSize()).sum();
    }

    /**
     * The tensor of a slot, of the slot's shape.
     *
     * @throws ModelFileException {@code PIN-MODEL-TENSOR} if it is missing, {@code PIN-MODEL-SHAPE} if it has another
     *         shape
     */
    public TensorData require(TensorSlot slot) {
        String name = name(slot);
        TensorData data = source.find(name).orElseThrow(() -> missing(List.of(name)));
        if (!data.shape().equals(slot.shape())) {
            throw new ModelFileException("PIN-MODEL-SHAPE", "tensor " + name + " has shape " + data.shape()
                    + " where the configuration asks for " + slot.shape(), "fetch or convert the model again");
        }
        return data;
    }

    /**
     * Compares the file with what the model needs, before anything is loaded.
     *
     * @param slots all tensors of the model
     * @param tied whether an output matrix may be there that the model does not use
     * @throws ModelFileException {@code PIN-MODEL-TENSOR}, {@code PIN-MODEL-SHAPE}, or {@code PIN-MODEL-FEATURE} if the
     *         file has tensors that the family does not know, whose part in the model would be left out
     */
    public void requireComplete(List<TensorSlot> slots, boolean tied) {
        Map<String, TensorSlot> needed = new HashMap<>();
        List<String> missing = new ArrayList<>();
        for (TensorSlot slot : slots) {
            String name = name(slot);
            needed.put(name, slot);
            if (!source.names().contains(name)) {
                missing.add(name);
            }
        }
        if (!missing.isEmpty()) {
            throw missing(missing);
        }
        slots.forEach(this::require);
        Set<String> unknown = new HashSet<>(source.names());
        unknown.removeAll(needed.keySet());
        unknown.removeIf(name -> UNUSED.matcher(name).matches());
        if (tied) {
            unknown.remove(name(new TensorSlot(Role.OUTPUT, 0, false, List.of())));
        }
        Optional<String> first = unknown.stream().sorted().findFirst();
        if (first.isPresent()) {
            throw Features.refuse("the tensor " + first.get() + others(unknown.size() - 1)
                    + ", which its architecture and configuration do not name");
        }
    }

    private static String others(int count) {
        return count == 0 ? "" : " and " + count + " others";
    }

    private static ModelFileException missing(List<String> all) {
        String listed = String.join(", ", all.subList(0, Math.min(MOST_LISTED, all.size())));
        String rest = all.size() > MOST_LISTED ? " and " + (all.size() - MOST_LISTED) + " more" : "";
        return new ModelFileException("PIN-MODEL-TENSOR", "the model lacks " + listed + rest,
                "fetch all files of the model");
    }
}
