/**
 * The loop: sequences of tokens run through a model in chunks and steps, one step at a time and in fair turns, until a
 * token, a text, a limit or the caller ends them.
 */
@NullMarked
package io.pinyon.engine;

import org.jspecify.annotations.NullMarked;
