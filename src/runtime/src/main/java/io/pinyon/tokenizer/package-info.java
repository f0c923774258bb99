/**
 * Text to token ids and back, for the vocabularies of GGUF files and of Hugging Face {@code tokenizer.json} files.
 *
 * <p>Both kinds of file become the same pipeline, written in Java: split off added tokens, normalise, cut into pieces,
 * encode each piece with a subword model (byte pair merges by rank, SentencePiece merges by score, WordPiece, whole
 * words), and wrap the result in the special tokens that the model wants. A native tokenizer library was measured
 * against this and left out of the run path: some malformed {@code tokenizer.json} files end the whole process inside
 * it, it unpacks itself into the home directory, it cannot be told to leave the text of special tokens alone, and it
 * has no score-based SentencePiece merging. It stays the oracle of the tests.
 *
 * <p>Everything here is immutable once built and safe for use by several threads, except {@link
 * io.pinyon.tokenizer.StreamingDecoder}, which belongs to one caller.
 */
@NullMarked
package io.pinyon.tokenizer;

import org.jspecify.annotations.NullMarked;
