/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * What becomes of a character that is no token: its UTF-8 bytes as byte tokens, else the unknown token, else a refusal.
 */
final class Unknown {
    private final int[] byteIds;
    private final int unknown;
    private final boolean fuse;

    /**
     * @param byteIds ids by byte value, {@link Vocabulary#ABSENT} for those that are missing; empty for no byte tokens
     * @param unknown id of the unknown token or {@link Vocabulary#ABSENT}
     * @param fuse write one unknown token for a run of them
     */
    Unknown(int[] byteIds, int unknown, boolean fuse) {
        this.byteIds = byteIds;
        this.unknown = unknown;
        this.fuse = fuse;
    }

    /**
     * Appends what stands for the character.
     *
     * @param afterUnknown whether the character before it became the unknown token
     * @return whether this one became the unknown token
     */
    boolean append(String character, boolean afterUnknown, TokenSink out) {
        byte[] utf8 = character.getBytes(StandardCharsets.UTF_8);
        if (hasAll(utf8)) {
            for (byte b : utf8) {
                out.add(byteIds[b & 0xFF]);
            }
            return false;
        }
        if (unknown == Vocabulary.ABSENT) {
            throw TokenizerErrors.unencodable(character);
        }
        if (!fuse || !afterUnknown) {
            out.add(unknown);
        }
        return true;
    }

    private boolean hasAll(byte[] utf8) {
        for (byte b : utf8) {
            if (byteIds.length == 0 || byteIds[b & 0xFF] == Vocabulary.ABSENT) {
                return false;
            }
        }
        return true;
    }
}
