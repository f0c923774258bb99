/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Decodes tokens to text one by one; what is not yet a whole character waits. */
final class TokenStream implements StreamingDecoder {
    private static final int LONGEST_CHARACTER = 4;

    private final Detokenizer detokenizer;
    private final boolean skipSpecial;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer waiting = ByteBuffer.allocate(64);
    private boolean begun;

    TokenStream(Detokenizer detokenizer, boolean skipSpecial) {
        this.detokenizer = detokenizer;
        this.skipSpecial = skipSpecial;
    }

    @Override
    public String push(int token) {
        byte[] bytes = detokenizer.bytes(token);
        if (skipSpecial && detokenizer.vocabulary().kind(token).special()) {
            return "";
        }
        int from = !begun && detokenizer.stripsFirstSpace() && bytes.length > 0 && bytes[0] == ' ' ? 1 : 0;
        begun |= bytes.length > 0;
        return decode(bytes, from, false);
    }

    @Override
    public String flush() {
        String rest = decode(new byte[0], 0, true);
        utf8.reset();
        begun = false;
        return rest;
    }

    private String decode(byte[] bytes, int from, boolean end) {
        if (waiting.remaining() < bytes.length) {
            ByteBuffer larger = ByteBuffer.allocate(bytes.length + 2 * LONGEST_CHARACTER);
            larger.put(waiting.flip());
            waiting = larger;
        }
        waiting.put(bytes, from, bytes.length - from).flip();
        CharBuffer out = CharBuffer.allocate(waiting.remaining() + LONGEST_CHARACTER);
        utf8.decode(waiting, out, end);
        if (end) {
            utf8.flush(out);
        }
        waiting.compact();
        return out.flip().toString();
    }
}
