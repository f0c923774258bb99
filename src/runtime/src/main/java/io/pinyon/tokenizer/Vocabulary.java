/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tokens by id and ids by token. Ids without a token, which some vocabularies have, hold the empty string. */
final class Vocabulary {
    /** The largest vocabularies in use have about 300 000 tokens; this bounds what a malformed file can ask for. */
    static final int MAX_SIZE = 1 << 22;

    static final int ABSENT = -1;

    private final String[] tokens;
    private final TokenKind[] kinds;
    private final Map<String, Integer> ids;

    private Vocabulary(String[] tokens, TokenKind[] kinds, Map<String, Integer> ids) {
        this.tokens = tokens;
        this.kinds = kinds;
        this.ids = ids;
    }

    /** From parallel arrays, as GGUF has them. Where a token occurs twice, the later id is the one that encodes. */
    static Vocabulary of(List<String> tokens, TokenKind[] kinds) {
        if (tokens.size() > MAX_SIZE) {
            throw TokenizerErrors.field("tokenizer.ggml.tokens", tokens.size() + " tokens, at most " + MAX_SIZE);
        }
        Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
        for (int id = 0; id < kinds.length; id++) {
            ids.put(tokens.get(id), id);
        }
        return new Vocabulary(tokens.toArray(String[]::new), kinds, ids);
    }

    /** From a map of unique tokens to unique ids, as JSON has them, and the added tokens on top. */
    static Vocabulary of(Map<String, Integer> vocabulary, List<AddedToken> added) {
        Map<String, Integer> ids = new HashMap<>(vocabulary);
        int last = ABSENT;
        for (int id : vocabulary.values()) {
            last = Math.max(last, id);
        }
        for (AddedToken token : added) {
            last = Math.max(last, token.id());
        }
        String[] tokens = new String[last + 1];
        TokenKind[] kinds = new TokenKind[last + 1];
        for (int id = 0; id <= last; id++) {
            tokens[id] = "";
            kinds[id] = TokenKind.UNUSED;
        }
        vocabulary.forEach((token, id) -> {
            if (kinds[id] != TokenKind.UNUSED) {
                throw TokenizerErrors.id(token, id, "the same as token " + TokenizerErrors.quoted(tokens[id]));
            }
            tokens[id] = token;
            kinds[id] = ByteTokens.isByteToken(token) ? TokenKind.BYTE : TokenKind.NORMAL;
        });
        for (AddedToken token : added) {
            if (kinds[token.id()] != TokenKind.UNUSED && !tokens[token.id()].equals(token.content())) {
                throw TokenizerErrors.id(token.content(), token.id(),
                        "the same as token " + TokenizerErrors.quoted(tokens[token.id()]));
            }
            Integer other = ids.putIfAbsent(token.content(), token.id());
            if (other != null && other != token.id()) {
                throw TokenizerErrors.id(token.content(), token.id(), "but id " + other + " elsewhere in the file");
            }
            tokens[token.id()] = token.content();
            kinds[token.id()] = token.special() ? TokenKind.CONTROL : TokenKind.USER_DEFINED;
        }
        return new Vocabulary(tokens, kinds, ids);
    }

    int size() {
        return tokens.length;
    }

    String token(int id) {
        return tokens[check(id)];
    }

    TokenKind kind(int id) {
        return kinds[check(id)];
    }

    /** The id of a token, or {@link #ABSENT}. */
    int id(String token) {
        Integer id = ids.get(token);
        return id == null ? ABSENT : id;
    }

    /** The id of a token that text may be encoded to, or {@link #ABSENT}: control tokens never come from plain text. */
    int textId(String token) {
        Integer id = ids.get(token);
        return id == null || kinds[id].special() ? ABSENT : id;
    }

    private int check(int id) {
        if (id < 0 || id >= tokens.length) {
            throw TokenizerErrors.token(id, tokens.length);
        }
        return id;
    }
}
