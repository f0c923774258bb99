/** Microbenchmarks of kernels. */
@NullMarked
package io.pinyon.bench;

import org.jspecify.annotations.NullMarked;
