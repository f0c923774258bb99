/** Typed, coded errors: the lowest floor of the house, thrown by every other one. */
@NullMarked
package io.pinyon.error;

import org.jspecify.annotations.NullMarked;
