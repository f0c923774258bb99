/**
 * NVIDIA GPUs: ops as kernel launches on one stream, copies of far pages on two more, driven through {@link io.pinyon.cuda.driver.CudaDriver}.
 *
 * <p>{@link io.pinyon.device.cuda.Gpu} is what ops launch with; the kernels come from {@code kernels-cuda}.
 */
@NullMarked
package io.pinyon.device.cuda;

import org.jspecify.annotations.NullMarked;
