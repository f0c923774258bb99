/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import io.pinyon.SessionOptions;

import picocli.CommandLine.Option;

/** How keys and values are kept, and how many. */
final class KvArguments {
    @Option(names = "--kv", paramLabel = "SPEC", defaultValue = "full",
            description = "KV method, see pinyon kv; where there is --fit, auto too (${DEFAULT-VALUE}).")
    private String kv = "full";

    @Option(names = "--ctx", paramLabel = "N", defaultValue = "0",
            description = "Most tokens of a session; 0 for the model's context.")
    private int context;

    /** The KV specification. */
    String spec() {
        return kv;
    }

    /** The context length asked for, 0 for the model's. */
    int context() {
        return Numbers.between("--ctx", context, 0, Integer.MAX_VALUE);
    }

    /** Options for the library. */
    SessionOptions options() {
        return SessionOptions.defaults().withKv(kv).withContextLength(context());
    }
}
