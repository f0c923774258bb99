/** Who owns which KV page, for how long, and what append, commit and truncate promise. */
@NullMarked
package io.pinyon.kv;

import org.jspecify.annotations.NullMarked;
