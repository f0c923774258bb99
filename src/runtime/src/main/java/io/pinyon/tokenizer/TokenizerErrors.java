/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Collection;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;

/** The coded errors of this package, worded in one place. */
final class TokenizerErrors {
    private static final String OTHER_FILE = "get the file again, or use another conversion of the model";
    private static final int SHOWN = 60;

    private TokenizerErrors() {}

    static ModelFileException json(String file, String problem, Throwable cause) {
        return new ModelFileException("PIN-TOKENIZER-JSON", file + ": " + problem, OTHER_FILE, cause);
    }

    static ModelFileException json(String file, String problem) {
        return new ModelFileException("PIN-TOKENIZER-JSON", file + ": " + problem, OTHER_FILE);
    }

    static ModelFileException field(String field, String problem) {
        return new ModelFileException("PIN-TOKENIZER-FIELD", field + ": " + problem, OTHER_FILE);
    }

    static ModelFileException id(String token, long id, String problem) {
        return new ModelFileException("PIN-TOKENIZER-ID", "token " + quoted(token) + " has id " + id + ": " + problem,
                OTHER_FILE);
    }

    static ModelFileException merge(String merge, String problem) {
        return new ModelFileException("PIN-TOKENIZER-MERGE", "merge " + quoted(merge) + ": " + problem, OTHER_FILE);
    }

    static ModelFileException unsupported(String what, String name, Collection<String> known) {
        return new ModelFileException("PIN-TOKENIZER-UNSUPPORTED", what + " " + quoted(name) + " is not supported",
                "use a model with one of " + String.join(", ", known));
    }

    static ModelFileException pattern(String pattern, String problem, Throwable cause) {
        return new ModelFileException("PIN-TOKENIZER-PATTERN", "pattern " + quoted(pattern) + ": " + problem,
                "use a GGUF conversion of the model, or report the pattern", cause);
    }

    static UsageException token(int id, int size) {
        return new UsageException("PIN-TOKENIZER-TOKEN", "token id " + id + " is outside the vocabulary",
                "use ids from 0 to " + (size - 1));
    }

    static UsageException unencodable(String character) {
        return new UsageException("PIN-TOKENIZER-UNENCODABLE",
                "the vocabulary has no token for " + quoted(character)
                        + " and neither byte tokens nor an unknown token",
                "remove the character from the text");
    }

    /** A value as it may appear in a message: bounded, on one line, without control characters. */
    static String quoted(String value) {
        StringBuilder out = new StringBuilder("\"");
        value.codePoints().limit(SHOWN)
                .forEach(c -> out
                        .appendCodePoint(Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE
                                ? 0xFFFD
                                : c));
        return out.append(value.codePointCount(0, value.length()) > SHOWN ? "…\"" : "\"").toString();
    }
}
