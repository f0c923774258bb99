/** The bridge {@code jcuda}: the CUDA driver through {@code org.jcuda:jcuda}, with or without that library there. */
@NullMarked
package io.pinyon.cuda.jcuda;

import org.jspecify.annotations.NullMarked;
