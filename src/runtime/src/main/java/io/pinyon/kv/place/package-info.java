/* SPDX-License-Identifier: Apache-2.0 */
/** Where the pages of a cache lie. */
@NullMarked
package io.pinyon.kv.place;

import org.jspecify.annotations.NullMarked;
