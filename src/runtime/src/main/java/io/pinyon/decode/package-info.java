/**
 * From logits to tokens and from text to a stop: samplers, stop strings, and the mathematics of comparing
 * distributions.
 */
@NullMarked
package io.pinyon.decode;

import org.jspecify.annotations.NullMarked;
