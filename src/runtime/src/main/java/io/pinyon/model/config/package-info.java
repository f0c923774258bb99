/** Hyperparameters of a decoder, read alike from a Hugging Face {@code config.json} and from GGUF metadata. */
@NullMarked
package io.pinyon.model.config;

import org.jspecify.annotations.NullMarked;
