/** Recall tests: logbooks that hide one fact, the same as those of {@code models/recipe/corpus.py}. */
@NullMarked
package io.pinyon.cli.needle;

import org.jspecify.annotations.NullMarked;
