/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A model's vocabulary and the rules that turn text into its token ids and back.
 *
 * <p>Instances are immutable and may be used by several threads at once.
 */
public interface Tokenizer extends AutoCloseable {
    /** Number of token ids: every id lies in {@code [0, vocabularySize())}. A model may have more embedding rows. */
    int vocabularySize();

    /**
     * Token ids of a text. Unpaired surrogates are encoded as U+FFFD.
     *
     * @param text any text, may be empty
     * @param addSpecial put the beginning and end tokens around it that the model wants
     * @param parseSpecial turn the text of control tokens, such as {@code <|eos|>}, into those tokens; leave this off
     *     for text that comes from outside. Tokens that the vocabulary marks as user-defined are found in both cases
     * @throws io.pinyon.error.UsageException {@code PIN-TOKENIZER-UNENCODABLE} when the vocabulary has no token for a
     *     character, no byte tokens and no unknown token
     */
    int[] encode(String text, boolean addSpecial, boolean parseSpecial);

    /**
     * Text of a token sequence; bytes that are not UTF-8 become U+FFFD. Where the model's encoder puts a space before
     * the text (SentencePiece), one leading space is taken off again.
     *
     * @param tokens ids of the vocabulary
     * @param skipSpecial leave control and unknown tokens out
     * @throws io.pinyon.error.UsageException {@code PIN-TOKENIZER-TOKEN} for an id outside the vocabulary
     */
    String decode(int[] tokens, boolean skipSpecial);

    /**
     * A decoder for tokens that arrive one by one; all it returns, joined, is what {@link #decode} returns. To keep the
     * leading space of a continuation, push the tokens of the prompt first and drop what they return.
     *
     * @param skipSpecial leave control and unknown tokens out
     */
    StreamingDecoder streamingDecoder(boolean skipSpecial);

    /**
     * The token as the vocabulary writes it, for example {@code Ġthe} or {@code ▁the}.
     *
     * @throws io.pinyon.error.UsageException {@code PIN-TOKENIZER-TOKEN} for an id outside the vocabulary
     */
    String token(int id);

    /** The id of a token written as in the vocabulary. */
    OptionalInt id(String token);

    /** The token that begins a text. */
    OptionalInt bos();

    /** The token that ends a text. */
    OptionalInt eos();

    /** Every token after which generation stops: end of text, end of turn, end of message. */
    Set<Integer> endOfGeneration();

    /** The chat template that came with the vocabulary, in Jinja; see {@link ChatPrompt}. */
    Optional<String> chatTemplate();

    /** Releases what the tokenizer holds; closing twice is harmless. */
    @Override
    void close();
}
