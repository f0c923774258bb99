/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** What a token is for, with the numbers of {@code tokenizer.ggml.token_type} in the GGUF specification. */
enum TokenKind {
    NORMAL(1), UNKNOWN(2), CONTROL(3), USER_DEFINED(4), UNUSED(5), BYTE(6);

    private final int code;

    TokenKind(int code) {
        this.code = code;
    }

    static TokenKind of(int code, int id) {
        for (TokenKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw TokenizerErrors.field("tokenizer.ggml.token_type",
                "type " + code + " of token " + id + " is not one of 1 to 6");
    }

    /** Whether the token is no text: left out when special tokens are skipped, never made from outside text. */
    boolean special() {
        return this == CONTROL || this == UNKNOWN;
    }
}
