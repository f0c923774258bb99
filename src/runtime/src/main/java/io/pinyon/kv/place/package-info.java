/* SPDX-License-Identifier: Apache-2.0 */
/** Where the pages of a cache may lie, and the file for those on disk. */
@NullMarked
package io.pinyon.kv.place;

import org.jspecify.annotations.NullMarked;
