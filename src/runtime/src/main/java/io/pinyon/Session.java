/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import io.pinyon.decode.SamplerChain;
import io.pinyon.engine.Cancellation;
import io.pinyon.engine.Engine;
import io.pinyon.engine.Generation;
import io.pinyon.engine.Generator;
import io.pinyon.engine.Sequence;
import io.pinyon.engine.TextStream;
import io.pinyon.error.EngineException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Purpose;
import io.pinyon.tokenizer.Tokenizer;

/**
 * One text that grows: prompts and generated tokens, with their keys and values.
 *
 * <p>A session does one thing at a time; a second call meanwhile, from another thread or from a listener, is refused with
 * {@code PIN-SESSION-BUSY}. {@link #cancel} and the methods that only tell numbers may be called at any time. After
 * {@link #close} all work is refused with {@code PIN-SESSION-CLOSED}.
 *
 * <p>A prompt becomes part of the session as a whole or not at all: when it fails or is cancelled, the session is as it
 * was. Tokens that were generated stay, however the generation ends.
 */
public final class Session implements AutoCloseable {
    private final Model model;
    private final Engine engine;
    private final TokenizerSlot tokenizer;
    private final Sequence sequence;
    private final String kvSpec;
    private final String note;
    private final CallGate gate = new CallGate();

    Session(Model model, Engine engine, TokenizerSlot tokenizer, Sequence sequence, String kvSpec, String note) {
        this.model = model;
        this.engine = engine;
        this.tokenizer = tokenizer;
        this.sequence = sequence;
        this.kvSpec = kvSpec;
        this.note = note;
    }

    /** As {@link #generate(String, GenerateOptions, TextListener)}, with all text at the end. */
    public Completion generate(String prompt, GenerateOptions options) {
        return generate(prompt, options, _ -> {});
    }

    /**
     * Continues the session with a prompt and then with generated tokens. In an empty session the tokens that begin a
     * text are put before the prompt.
     *
     * @param prompt text of the prompt
     * @param listener gets the text piece by piece, on this thread
     * @throws UsageException {@code PIN-PROMPT-EMPTY} if the prompt has no tokens, {@code PIN-PROMPT-TOOLONG} if it does
     *     not fit in the context; before any work
     * @throws io.pinyon.error.ModelFileException {@code PIN-TOKENIZER-…} if the model has no tokenizer
     * @throws io.pinyon.error.MemoryException if the keys and values do not fit in memory
     * @throws EngineException {@code PIN-SAMPLE-NONFINITE} if the model gives a logit that is no number
     */
    public Completion generate(String prompt, GenerateOptions options, TextListener listener) {
        return run(text -> text.encode(prompt, sequence.length() == 0, options.parseSpecial()), options, listener);
    }

    /**
     * As {@link #generate(String, GenerateOptions, TextListener)}, with a prompt of token ids. A model without a
     * tokenizer generates tokens without text.
     *
     * @param prompt token ids; nothing is put before them
     * @throws UsageException also {@code PIN-PROMPT-TOKEN} for an id that the model does not have
     */
    public Completion generate(int[] prompt, GenerateOptions options, TextListener listener) {
        int[] tokens = prompt.clone();
        try (CallGate.Call call = gate.enter()) {
            return run(tokens, options, listener, call.cancellation());
        }
    }

    /**
     * Appends tokens and runs them, without generating any.
     *
     * @param tokens token ids
     * @throws UsageException {@code PIN-PROMPT-EMPTY}, {@code PIN-PROMPT-TOOLONG} or {@code PIN-PROMPT-TOKEN}; before
     *     any work
     * @throws EngineException {@code PIN-SESSION-CANCELLED} if it was cancelled
     */
    public void append(int[] tokens) {
        int[] added = tokens.clone();
        try (CallGate.Call call = gate.enter()) {
            requireComplete(engine.prefill(sequence, added, call.cancellation(), new float[0]));
        }
    }

    /**
     * As {@link #append}, with the logits of every appended token: row i tells what follows token i.
     *
     * @param listener called for each chunk of at most {@link ModelOptions#prefillChunk} tokens, on this thread
     */
    public void logits(int[] tokens, LogitsListener listener) {
        int[] added = tokens.clone();
        try (CallGate.Call call = gate.enter()) {
            requireComplete(engine.prefillRows(sequence, added, call.cancellation(), listener::onLogits));
        }
    }

    /** Number of tokens: of the prompts and generated. */
    public int length() {
        return sequence.length();
    }

    /** Most tokens that the session may have. */
    public int contextLength() {
        return sequence.capacity();
    }

    /**
     * Ids of all tokens, to find out how much of another prompt is here already.
     *
     * @throws UsageException {@code PIN-SESSION-BUSY} during another call
     */
    public int[] tokens() {
        try (CallGate.Call _ = gate.enter()) {
            return sequence.tokens();
        }
    }

    /**
     * Forgets the tokens from a position on and gives back the memory of their keys and values.
     *
     * @param length new length, from 0 to {@link #length()}
     * @throws UsageException {@code PIN-SESSION-LENGTH} for any other
     */
    public void truncate(int length) {
        try (CallGate.Call _ = gate.enter()) {
            engine.truncate(sequence, length);
        }
    }

    /**
     * Takes tokens out of the middle of the session and gives the memory of their keys and values back. They are no longer
     * among {@link #tokens}; those behind them keep the positions that they had, and count towards the context length as
     * before.
     *
     * @param from index of the first token to take out, a multiple of the tokens of a page of the KV specification
     * @param to index behind the last one, likewise; at most the tokens that have run, and not all of them
     * @throws UsageException {@code PIN-KV-EXCISE} for any other range, and where a layer with a sliding window would have
     *     fewer tokens behind the range than its window; {@link #truncate} refuses that too from then on
     */
    public void excise(int from, int to) {
        try (CallGate.Call _ = gate.enter()) {
            engine.excise(sequence, from, to);
        }
    }

    /**
     * Opens another session of the same tokens, with the same KV specification and context length. Both go on
     * independently, from any thread, as if each had run the tokens itself. The keys and values so far are shared: the
     * new session takes no memory before it grows, and then at most one page per layer more than for what it adds.
     *
     * <p>Nothing else is taken over: how tokens are chosen, and with which seed, is said in each call.
     *
     * @return the new session; the caller closes it before the model, before or after this one
     * @throws UsageException {@code PIN-SESSION-CLOSED} after {@link #close}, {@code PIN-SESSION-BUSY} during another call
     */
    public Session fork() {
        try (CallGate.Call _ = gate.enter()) {
            Sequence fork = engine.fork(sequence);
            // this session is open and cannot be closed meanwhile, so the model is open too
            model.sessionOpened();
            return new Session(model, engine, tokenizer, fork, kvSpec, note);
        }
    }

    /** As {@link #save(Path, String)}, with the session's own note. */
    public void save(Path file) {
        save(file, note);
    }

    /**
     * Writes the tokens of the session with their keys and values to a file, from which {@link Model#open(Path)} makes a
     * session that continues without computing them again, in another process or on another device. The file is written
     * whole or not at all; the session stays as it is. It takes memory for one page.
     *
     * @param file replaced if it exists
     * @param note anything that the caller wants to find in {@link #note} when the file is opened
     * @throws EngineException {@code PIN-IO-WRITE} if the file cannot be written, {@code PIN-SESSION-CANCELLED} if it was
     *     cancelled; an older file is left as it was
     * @throws UsageException {@code PIN-SESSION-BUSY} during another call, {@code PIN-SNAPSHOT-NOTE} if the note is too long,
     *     {@code PIN-SNAPSHOT-REMOVED} if tokens were taken out of its middle
     * @throws io.pinyon.error.MemoryException if there is no memory for a page
     */
    public void save(Path file, String note) {
        try (CallGate.Call call = gate.enter()) {
            requireComplete(model.snapshots().save(sequence, file, kvSpec, note, call.cancellation()));
        }
    }

    /** What was noted in the file that the session was opened from; empty if it was not, or if nothing was. */
    public String note() {
        return note;
    }

    /** Ends the running call, if there is one, after its current step; from any thread. */
    public void cancel() {
        gate.cancel();
    }

    /** Bytes of the keys and values; what is shared with forks counts in full in each of them. */
    public KvUsage kv() {
        return new KvUsage(kvSpec, sequence.bytes(), sequence.peakBytes(),
                sequence.committed() * model.fullTokenBytes());
    }

    /**
     * Bytes that this session holds on the device, by tier. What it shares with forks counts in full here, but once in
     * {@link Model#memory}.
     */
    public MemorySnapshot memory() {
        return model.memory().items().stream().filter(item -> item.purpose() == Purpose.KV).findFirst()
                .map(item -> new MemorySnapshot(
                        List.of(new MemorySnapshot.Item(item.tier(), Purpose.KV, sequence.bytes(),
                                sequence.peakBytes())),
                        Map.of(item.tier(), sequence.peakBytes())))
                .orElseGet(() -> new MemorySnapshot(List.of(), Map.of()));
    }

    /**
     * Gives back all memory of the session; harmless when repeated.
     *
     * @throws UsageException {@code PIN-SESSION-BUSY} during another call; nothing is closed then
     */
    @Override
    public void close() {
        if (gate.close()) {
            try {
                engine.close(sequence);
            } finally {
                model.sessionClosed();
            }
        }
    }

    private Completion run(Function<Tokenizer, int[]> encoder, GenerateOptions options, TextListener listener) {
        try (CallGate.Call call = gate.enter()) {
            return run(encoder.apply(tokenizer.require()), options, listener, call.cancellation());
        }
    }

    private Completion run(int[] prompt, GenerateOptions options, TextListener listener, Cancellation cancellation) {
        engine.check(sequence, prompt);
        Optional<Tokenizer> textual = tokenizer.textual();
        Options.require(options.stop().isEmpty() || textual.isPresent(), "PIN-OPTION-STOP", "stop strings",
                options.stop(),
                "leave them out: this model has no tokenizer");
        // rows of the embedding beyond the tokenizer's vocabulary are padding that must never be chosen
        int choices = textual.map(Tokenizer::vocabularySize).orElse(engine.vocabularySize());
        SamplerChain sampler = options.sampler().chain(choices);
        sampler.accept(sequence.tokens());
        Set<Integer> ends = options.stopAtEnd() ? textual.map(Tokenizer::endOfGeneration).orElse(Set.of()) : Set.of();
        Generator generator = new Generator(engine, sampler, options.maxTokens(), ends);
        if (textual.isEmpty()) {
            return completion(prompt, generator.generate(sequence, prompt, cancellation, _ -> true), "", false);
        }
        TextStream text = new TextStream(textual.get(), prompt, options.stop(), listener::onText);
        Generation generation = generator.generate(sequence, prompt, cancellation, text);
        text.finish();
        return completion(prompt, generation, text.text(), text.stopped());
    }

    private static Completion completion(int[] prompt, Generation generation, String text, boolean stopped) {
        FinishReason reason = switch (generation.ending()) {
            case END_TOKEN -> FinishReason.STOP_TOKEN;
            case ENOUGH -> FinishReason.STOP_STRING;
            case LIMIT -> FinishReason.LENGTH;
            case CONTEXT -> FinishReason.CONTEXT_FULL;
            case CANCELLED -> FinishReason.CANCELLED;
        };
        return new Completion(text, generation.tokens(), stopped ? FinishReason.STOP_STRING : reason,
                new Usage(prompt.length, generation.tokens().size(), generation.prefill(), generation.decode()));
    }

    private static void requireComplete(boolean complete) {
        if (!complete) {
            throw new EngineException("PIN-SESSION-CANCELLED", "the call was cancelled; the session is as it was",
                    "call again to start over");
        }
    }
}
