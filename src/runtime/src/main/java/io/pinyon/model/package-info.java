/** Model families: configuration, weights by name, and forward passes composed of shared blocks over one device. */
@NullMarked
package io.pinyon.model;

import org.jspecify.annotations.NullMarked;
