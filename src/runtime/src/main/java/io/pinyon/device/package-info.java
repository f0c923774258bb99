/** What a model may ask of a device: buffers, the op set, and the plain views that ops read. */
@NullMarked
package io.pinyon.device;

import org.jspecify.annotations.NullMarked;
