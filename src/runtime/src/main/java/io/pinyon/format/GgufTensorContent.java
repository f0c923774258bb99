/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;

/** Writes the bytes of one tensor. */
@FunctionalInterface
interface GgufTensorContent {
    void writeTo(GgufSink sink) throws IOException;
}
