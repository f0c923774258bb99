/**
 * The CUDA driver over {@code java.lang.foreign}: the installed driver library, no code of our own in between.
 *
 * <p>{@link io.pinyon.cuda.ffm.Call} names the functions, {@link io.pinyon.cuda.ffm.Symbols} finds them when they are
 * first called, {@link io.pinyon.cuda.ffm.Downcalls} calls them and {@link io.pinyon.cuda.ffm.Scratch} takes what they
 * return.
 */
@NullMarked
package io.pinyon.cuda.ffm;

import org.jspecify.annotations.NullMarked;
