/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

/** The two conventions in which decoders are stored. */
public enum Naming {
    /** {@code config.json} and safetensors, as the Transformers library writes them. */
    HUGGING_FACE,
    /** One GGUF file. */
    GGUF
}
