/** What devices of every kind share: ownership of allocations and checks of what ops are given. */
@NullMarked
package io.pinyon.device.support;

import org.jspecify.annotations.NullMarked;
