/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Tokens that end a turn or a message but that metadata often does not name: models agree on their spelling only. */
final class EndOfGeneration {
    private static final List<String> ENDS = List.of("<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>",
            "<|endoftext|>", "<|end_of_text|>", "<|end_of_turn|>", "<|endofturn|>", "<end_of_turn>", "<turn|>",
            "<|END_OF_TURN_TOKEN|>", "<|return|>", "<|call|>", "<end_of_utterance>", "<EOT>", "_<EOT>",
            "<｜end▁of▁sentence｜>", "<|eos|>");
    private static final String HARMONY_RETURN = "<|return|>";
    private static final String HARMONY_CALL = "<|call|>";
    private static final String HARMONY_END = "<|end|>";

    private EndOfGeneration() {}

    /** The tokens that metadata names, and those that are known by their spelling. */
    static Set<Integer> of(Vocabulary vocabulary, Collection<Integer> named) {
        Set<Integer> ends = new LinkedHashSet<>(named);
        for (String end : ENDS) {
            int id = known(vocabulary, end);
            // In the harmony format <|end|> closes a message, and the turn goes on with the next channel.
            boolean harmony = end.equals(HARMONY_END) && known(vocabulary, HARMONY_RETURN) != Vocabulary.ABSENT
                    && known(vocabulary, HARMONY_CALL) != Vocabulary.ABSENT;
            if (id != Vocabulary.ABSENT && !harmony) {
                ends.add(id);
            }
        }
        return Set.copyOf(ends);
    }

    private static int known(Vocabulary vocabulary, String token) {
        int id = vocabulary.id(token);
        boolean marked = id != Vocabulary.ABSENT && (vocabulary.kind(id) == TokenKind.CONTROL
                || vocabulary.kind(id) == TokenKind.USER_DEFINED);
        return marked ? id : Vocabulary.ABSENT;
    }
}
