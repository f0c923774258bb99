/** Bytes by tier and purpose: accounts at every allocation, and the error that itemises what did not fit. */
@NullMarked
package io.pinyon.memory;

import org.jspecify.annotations.NullMarked;
