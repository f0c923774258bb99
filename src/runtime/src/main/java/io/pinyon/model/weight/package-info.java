/** Weights by role: what they are called in each kind of file, which shapes they must have, and how they are loaded. */
@NullMarked
package io.pinyon.model.weight;

import org.jspecify.annotations.NullMarked;
