/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.nio.file.Path;

import io.pinyon.ModelOptions;
import io.pinyon.device.FarAttention;
import io.pinyon.memory.MemoryBudget;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much memory there is, and what is kept where. */
final class MemoryArguments {
    /** Ways to read pages that lie elsewhere. */
    private enum Far {
        AUTO("auto", FarAttention.AUTO), FETCH("fetch", FarAttention.FETCH), IN_PLACE("in-place",
                FarAttention.IN_PLACE);

        private final String label;
        private final FarAttention way;

        Far(String label, FarAttention way) {
            this.label = label;
            this.way = way;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    @Option(names = "--budget", paramLabel = "SIZES",
            description = "Most bytes to hold: 8GiB for the device's own tier (a GPU's memory, or the machine's without "
                    + "mapped weights), or by tier, as in device=12GiB,host=64GiB,disk=200GiB (no limit).")
    private @Nullable String budget;

    @Option(names = "--kv-file", paramLabel = "FILE",
            description = "File for KV pages on disk, for --kv with place=tiers (none).")
    private @Nullable Path kvFile;

    @Option(names = "--far-attention", paramLabel = "WAY",
            description = "How a GPU reads KV pages outside of its memory: ${COMPLETION-CANDIDATES} (auto).")
    private @Nullable Far far;

    @Option(names = "--share-prefixes",
            description = "Hold the KV of what prompts begin with in common only once.")
    private boolean sharePrefixes;

    @Option(names = "--reuse", paramLabel = "SIZE",
            description = "Keep as much KV of ended sessions for prompts that begin like theirs; shares prefixes (0).")
    private @Nullable String reuse;

    /** The same options with what was asked for here. */
    ModelOptions apply(ModelOptions before) {
        ModelOptions options = before;
        if (budget != null) {
            options = options.withBudget(MemoryBudget.parse(budget));
        }
        if (kvFile != null) {
            options = options.withKvFile(kvFile);
        }
        if (far != null) {
            options = options.withFarAttention(far.way);
        }
        if (sharePrefixes) {
            options = options.withSharePrefixes(true);
        }
        return reuse == null ? options : options.withReuseBytes(Sizes.parse("--reuse", reuse));
    }
}
