/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.util.List;
import java.util.function.Consumer;

import io.pinyon.decode.StopStrings;
import io.pinyon.tokenizer.StreamingDecoder;
import io.pinyon.tokenizer.Tokenizer;

/**
 * Turns the tokens of a generation into pieces of text: whole characters only, nothing that may become a stop string,
 * and nothing from a stop string on.
 */
public final class TextStream implements TokenReceiver {
    private final StreamingDecoder decoder;
    private final StopStrings stops;
    private final Consumer<String> consumer;
    private final StringBuilder text = new StringBuilder();
    private boolean begun;

    /**
     * @param tokenizer knows the text of a token
     * @param prompt the tokens that were there before, so that the text continues theirs
     * @param stops strings that end the text, none of them empty
     * @param consumer gets each piece, never an empty one
     */
    public TextStream(Tokenizer tokenizer, int[] prompt, List<String> stops, Consumer<String> consumer) {
        this.decoder = tokenizer.streamingDecoder(true);
        this.stops = new StopStrings(stops);
        this.consumer = consumer;
        for (int token : prompt) {
            if (token < tokenizer.vocabularySize()) {
                decoder.push(token);
            }
        }
    }

    @Override
    public boolean onToken(int token) {
        begun = true;
        deliver(stops.push(decoder.push(token)));
        return stops.match().isEmpty();
    }

    /** Delivers what was held back, once there are no more tokens; does nothing after a stop string. */
    public void finish() {
        if (begun && stops.match().isEmpty()) {
            deliver(stops.push(decoder.flush()));
        }
        if (stops.match().isEmpty()) {
            deliver(stops.flush());
        }
    }

    /** All text delivered so far. */
    public String text() {
        return text.toString();
    }

    /** Whether a stop string ended the text. */
    public boolean stopped() {
        return stops.match().isPresent();
    }

    private void deliver(String piece) {
        if (!piece.isEmpty()) {
            text.append(piece);
            consumer.accept(piece);
        }
    }
}
