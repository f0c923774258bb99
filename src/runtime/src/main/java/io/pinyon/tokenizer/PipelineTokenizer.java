/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The pipeline: added tokens, normaliser, pieces, subword model, special tokens around the text. */
final class PipelineTokenizer implements Tokenizer {
    /**
     * How text becomes ids.
     *
     * @param added tokens found before all else
     */
    record Encoder(List<AddedToken> added, Normalizer normalizer, PreTokenizer preTokenizer, SubwordModel model) {}

    private final Vocabulary vocabulary;
    private final Encoder encoder;
    private final Detokenizer detokenizer;
    private final SpecialTokens special;
    private final Optional<String> chatTemplate;
    private final Splitters withSpecial;
    private final Splitters withoutSpecial;

    PipelineTokenizer(Encoder encoder, Detokenizer detokenizer, SpecialTokens special, Optional<String> chatTemplate) {
        this.vocabulary = detokenizer.vocabulary();
        this.encoder = encoder;
        this.detokenizer = detokenizer;
        this.special = special;
        this.chatTemplate = chatTemplate;
        this.withSpecial = splitters(encoder, encoder.added());
        this.withoutSpecial = splitters(encoder, encoder.added().stream().filter(t -> !t.special()).toList());
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        TokenSink out = new TokenSink();
        if (addSpecial) {
            special.before().forEach(out::add);
        }
        Splitters splitters = parseSpecial ? withSpecial : withoutSpecial;
        List<AddedTokenSplitter.Fragment> raw = new ArrayList<>();
        splitters.raw().split(Texts.wellFormed(text), raw);
        List<String> pieces = new ArrayList<>();
        for (int i = 0; i < raw.size(); i++) {
            AddedToken token = raw.get(i).token();
            if (token == null) {
                encodeText(raw.get(i).text(), i == 0, splitters.normalized(), pieces, out);
            } else {
                out.add(token.id());
            }
        }
        if (addSpecial) {
            special.after().forEach(out::add);
        }
        return out.toArray();
    }

    private void encodeText(String text, boolean first, AddedTokenSplitter splitter, List<String> pieces,
            TokenSink out) {
        List<AddedTokenSplitter.Fragment> fragments = new ArrayList<>();
        splitter.split(encoder.normalizer().apply(text), fragments);
        for (int i = 0; i < fragments.size(); i++) {
            AddedToken token = fragments.get(i).token();
            if (token != null) {
                out.add(token.id());
                continue;
            }
            pieces.clear();
            encoder.preTokenizer().split(fragments.get(i).text(), first && i == 0, pieces);
            for (String piece : pieces) {
                if (!piece.isEmpty()) {
                    encoder.model().encode(piece, out);
                }
            }
        }
    }

    @Override
    public String decode(int[] tokens, boolean skipSpecial) {
        StreamingDecoder stream = streamingDecoder(skipSpecial);
        StringBuilder out = new StringBuilder();
        for (int token : tokens) {
            out.append(stream.push(token));
        }
        return out.append(stream.flush()).toString();
    }

    @Override
    public StreamingDecoder streamingDecoder(boolean skipSpecial) {
        return new TokenStream(detokenizer, skipSpecial);
    }

    @Override
    public String token(int id) {
        return vocabulary.token(id);
    }

    @Override
    public OptionalInt id(String token) {
        int id = token.isEmpty() ? Vocabulary.ABSENT : vocabulary.id(token);
        return id == Vocabulary.ABSENT ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public OptionalInt bos() {
        return special.bos();
    }

    @Override
    public OptionalInt eos() {
        return special.eos();
    }

    @Override
    public Set<Integer> endOfGeneration() {
        return special.endOfGeneration();
    }

    @Override
    public Optional<String> chatTemplate() {
        return chatTemplate;
    }

    @Override
    public void close() {
        // Everything is on the Java heap.
    }

    private record Splitters(AddedTokenSplitter raw, AddedTokenSplitter normalized) {}

    private static Splitters splitters(Encoder encoder, List<AddedToken> tokens) {
        List<AddedToken> normalized = tokens.stream().filter(AddedToken::normalized)
                .map(t -> new AddedToken(t.id(), encoder.normalizer().apply(t.content()), t.special(), true,
                        t.leftStrip(), t.rightStrip(), t.singleWord()))
                .toList();
        return new Splitters(new AddedTokenSplitter(tokens.stream().filter(t -> !t.normalized()).toList()),
                new AddedTokenSplitter(normalized));
    }
}
