/* SPDX-License-Identifier: Apache-2.0 */
/** The tokens, keys and values of a sequence in a file. */
@NullMarked
package io.pinyon.kv.snapshot;

import org.jspecify.annotations.NullMarked;
