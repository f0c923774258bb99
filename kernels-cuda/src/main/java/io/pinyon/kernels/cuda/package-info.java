/** The CUDA kernels of Pinyon, compiled for several architectures, as resources beside one class. */
@NullMarked
package io.pinyon.kernels.cuda;

import org.jspecify.annotations.NullMarked;
