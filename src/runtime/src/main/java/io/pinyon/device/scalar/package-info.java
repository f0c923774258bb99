/** The plain Java twin of every op: the oracle of the other devices' tests, and the last resort. */
@NullMarked
package io.pinyon.device.scalar;

import org.jspecify.annotations.NullMarked;
