/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import io.pinyon.model.ModelConfig;

/**
 * Bounds that keep an absurd configuration from costing time or memory before it is refused. They are far beyond any
 * published model.
 */
final class Plausible {
    private static final int LAYERS = 4096;
    private static final int WIDTH = 1 << 20;
    private static final int VOCABULARY = 1 << 24;
    private static final int HEAD = 4096;

    private Plausible() {}

    /** Returns the sizes if all of them make sense. */
    static ModelConfig require(ModelConfig config) {
        within("number of layers", config.layers(), LAYERS);
        within("hidden size", config.hiddenSize(), WIDTH);
        within("number of heads", config.heads(), WIDTH);
        within("number of KV heads", config.kvHeads(), WIDTH);
        within("head dimension", config.headDim(), HEAD);
        within("feed-forward size", config.feedForwardSize(), WIDTH);
        within("vocabulary size", config.vocabularySize(), VOCABULARY);
        within("context length", config.contextLength(), Integer.MAX_VALUE);
        if (config.heads() % config.kvHeads() != 0) {
            throw Features.implausible("the number of heads is " + config.heads(),
                    "a multiple of the " + config.kvHeads() + " KV heads");
        }
        within("width of all heads", (long) config.heads() * config.headDim(), WIDTH);
        return config;
    }

    /** Returns the rotary embedding if its numbers make sense. */
    static RopeParameters require(RopeParameters rope, int headDim) {
        if (!(rope.base() > 1) || rope.base() > 1e15) {
            throw Features.implausible("the rope base is " + rope.base(), "greater than 1");
        }
        if (rope.dim() < 2 || rope.dim() % 2 != 0 || rope.dim() > headDim) {
            throw Features.implausible("the rope dimension is " + rope.dim(),
                    "even and at most the head dimension of " + headDim);
        }
        return rope;
    }

    /** Returns the number if it is finite and positive. */
    static double positive(String what, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw Features.implausible(what + " is " + value, "positive");
        }
        return value;
    }

    /** Returns the number if it is finite and not negative. */
    static float notNegative(String what, float value) {
        if (!(value >= 0) || Float.isInfinite(value)) {
            throw Features.implausible(what + " is " + value, "0 or positive");
        }
        return value;
    }

    /** Returns the size if it is between 1 and a bound. */
    static long within(String what, long value, long most) {
        if (value < 1 || value > most) {
            throw Features.implausible("the " + what + " is " + value, "from 1 to " + most);
        }
        return value;
    }
}
