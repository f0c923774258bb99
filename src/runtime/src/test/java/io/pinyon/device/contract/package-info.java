/** What every device must do, as tests that run unchanged on each. */
@NullMarked
package io.pinyon.device.contract;

import org.jspecify.annotations.NullMarked;
