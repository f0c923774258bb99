/** The bridge {@code javacpp}: the CUDA driver through {@code org.bytedeco:cuda}, with or without that library there. */
@NullMarked
package io.pinyon.cuda.javacpp;

import org.jspecify.annotations.NullMarked;
