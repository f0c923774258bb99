/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import picocli.CommandLine.Option;

/** What every command prints for programs. */
final class CommonOptions {
    @Option(names = "--json", description = "Print one JSON object on standard output.")
    private boolean json;

    boolean json() {
        return json;
    }
}
