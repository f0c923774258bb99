/** Who owns which KV page, for how long, and what reserve, commit, truncate and fork promise. */
@NullMarked
package io.pinyon.kv;

import org.jspecify.annotations.NullMarked;
