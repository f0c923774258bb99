/**
 * Who owns which KV page, for how long, on which tier it lies, and what reserve, commit, truncate, fork, adopt, publish and
 * excise promise.
 */
@NullMarked
package io.pinyon.kv;

import org.jspecify.annotations.NullMarked;
