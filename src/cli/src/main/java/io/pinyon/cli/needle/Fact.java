/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli.needle;

/** A statement, the question that asks for it, and the answer. */
record Fact(String sentence, String question, String answer) {}
