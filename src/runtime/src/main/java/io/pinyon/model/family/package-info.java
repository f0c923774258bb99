/** One file per model family: its hyperparameters as switches of the shared blocks, and the names of its weights. */
@NullMarked
package io.pinyon.model.family;

import org.jspecify.annotations.NullMarked;
