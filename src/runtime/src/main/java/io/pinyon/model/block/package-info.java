/** The parts that families share: projections, attention, MLP, layers, and the decoder that stacks them. */
@NullMarked
package io.pinyon.model.block;

import org.jspecify.annotations.NullMarked;
