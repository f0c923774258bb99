/** Bits on disk and in pages: GGUF, safetensors, block layouts of weights, page layouts of KV entries. */
@NullMarked
package io.pinyon.format;

import org.jspecify.annotations.NullMarked;
