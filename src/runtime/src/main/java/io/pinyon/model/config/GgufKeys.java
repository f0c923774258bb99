/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import io.pinyon.format.Metadata;
import io.pinyon.format.MetadataValue;

/** Keys of one architecture in GGUF metadata. */
public final class GgufKeys {
    private final Metadata metadata;
    private final String prefix;

    /** The keys that start with the name of an architecture. */
    public GgufKeys(Metadata metadata, String architecture) {
        this.metadata = metadata;
        this.prefix = architecture + ".";
    }

    /** The full key. */
    String key(String name) {
        return prefix + name;
    }

    boolean has(String name) {
        return metadata.find(key(name)).isPresent();
    }

    int requireInteger(String name) {
        return integer(name).orElseGet(() -> metadata.requireInteger(key(name)));
    }

    /** An integer, or an array of equal ones, as files write that could differ from layer to layer. */
    OptionalInt integer(String name) {
        Optional<MetadataValue> value = metadata.find(key(name));
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        if (!(value.get() instanceof MetadataValue.Sequence)) {
            return OptionalInt.of(metadata.requireInteger(key(name)));
        }
        int[] all = metadata.requireIntegers(key(name));
        for (int one : all) {
            Features.refuseIf(one != all[0], "layers that differ in " + key(name));
        }
        if (all.length == 0) {
            throw Features.implausible(key(name) + " is an empty array", "one number per layer");
        }
        return OptionalInt.of(all[0]);
    }

    float requireReal(String name) {
        return metadata.requireReal(key(name));
    }

    Optional<Float> real(String name) {
        return metadata.real(key(name));
    }

    Optional<String> string(String name) {
        return metadata.string(key(name));
    }

    Optional<List<Boolean>> flags(String name) {
        return metadata.flags(key(name));
    }

    boolean isArray(String name) {
        return metadata.find(key(name)).filter(MetadataValue.Sequence.class::isInstance).isPresent();
    }
}
