/**
 * What the devices of the host share: float arrays, mapped weights, off-heap pages, their staging from disk, and the books
 * about them.
 */
@NullMarked
package io.pinyon.device.host;

import org.jspecify.annotations.NullMarked;
