/** Conversion of model files. */
@NullMarked
package io.pinyon.model.convert;

import org.jspecify.annotations.NullMarked;
