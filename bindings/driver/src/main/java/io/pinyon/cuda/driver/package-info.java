/**
 * The CUDA driver as Java sees it, whatever bridge lies beneath.
 *
 * <p>Handles and device addresses are {@code long}s, host memory is a {@link java.lang.foreign.MemorySegment}. Nothing
 * here owns anything: whoever creates a handle destroys it.
 */
@NullMarked
package io.pinyon.cuda.driver;

import org.jspecify.annotations.NullMarked;
