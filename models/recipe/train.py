# SPDX-License-Identifier: Apache-2.0
"""Train a small Llama on harbour logbooks and save it as a Hugging Face directory.

The run has a time budget instead of a step count. The first part of it trains on short windows, whose attention is
cheap, the rest on the full context; the number of tokens per step stays the same.
"""

import argparse
import json
import multiprocessing
import random
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

import corpus
import model as llama
import recall

SPECIAL_TOKENS = ["<|bos|>", "<|eos|>", "<|pad|>"]
BOS = 0
DOCUMENTS_PER_TASK = 250
TOKENIZER_DOCUMENTS = 300
# Above the 3.4 or so characters of an average token, so that nearly every document fills a sequence.
CHARS_PER_SEQUENCE_TOKEN = 4.3

SHORT_STAGE = 0.65
SHORT_DIVISOR = 4
DECAY_START = 0.6
FINAL_LR_SHARE = 0.02
WARMUP_STEPS = 60


def _documents(task):
    seed, count, n_chars = task
    rng = random.Random(seed)
    return [corpus.document(rng, n_chars) for _ in range(count)]


def generate_documents(count, n_chars, seed):
    """``count`` logbooks, the same for a seed on every machine."""
    tasks = [
        (seed * 1000003 + i, min(DOCUMENTS_PER_TASK, count - i * DOCUMENTS_PER_TASK), n_chars)
        for i in range(-(-count // DOCUMENTS_PER_TASK))
    ]
    with multiprocessing.Pool() as pool:
        return [document for batch in pool.imap(_documents, tasks) for document in batch]


def train_tokenizer(documents, vocabulary):
    """Byte-level BPE over words with their leading space; digits and line breaks stand alone."""
    tokenizer = Tokenizer(models.BPE())
    words = Regex(r"\p{N}|[^\s\p{N}]+| [^\s\p{N}]+|\s")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents[:TOKENIZER_DOCUMENTS], trainer)
    return tokenizer


def encode_sequences(tokenizer, documents, context):
    """Token ids ``[sequences, context + 1]``, each row BOS and the start of one document; short ones are left out."""
    rows = np.zeros((len(documents), context + 1), np.int16)
    filled = 0
    for start in range(0, len(documents), 2000):
        for encoding in tokenizer.encode_batch(documents[start : start + 2000]):
            if len(encoding.ids) >= context:
                rows[filled] = [BOS] + encoding.ids[:context]
                filled += 1
    if filled == 0:
        raise ValueError(f"none of {len(documents)} documents has {context} tokens")
    return rows[:filled]


def optimizers(model, learning_rate):
    """Muon for the matrices of the blocks, AdamW for the embedding and the norms."""
    matrices = [weight for weight in model.blocks.parameters() if weight.ndim == 2]
    chosen = {id(weight) for weight in matrices}
    others = [weight for weight in model.parameters() if id(weight) not in chosen]
    return [
        torch.optim.Muon(matrices, lr=0.02, weight_decay=0.05, momentum=0.95, nesterov=True),
        torch.optim.AdamW(others, lr=learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def learning_rate_share(step, progress):
    """Linear warm-up in steps, then constant, then linear decay in ``progress`` (share of the time budget)."""
    warmup = min(1.0, (step + 1) / WARMUP_STEPS)
    decay = 1.0 if progress < DECAY_START else max(FINAL_LR_SHARE, (1 - progress) / (1 - DECAY_START))
    return warmup * decay


def train(model, rows, args, device):
    """Train for ``args.seconds`` and return a summary."""
    step_model = torch.compile(model) if args.compile else model
    optimizer_list = optimizers(model, args.learning_rate)
    base_rates = [optimizer.param_groups[0]["lr"] for optimizer in optimizer_list]
    data = torch.from_numpy(rows).to(device)
    cos, sin = llama.rope_tables(args.context, model.shape.head_dim, device)
    offsets = random.Random(args.seed)
    begin = time.monotonic()
    step = tokens = 0
    loss = None
    while True:
        elapsed = time.monotonic() - begin
        progress = elapsed / args.seconds
        if progress >= 1.0 and step > 0:
            break
        length = args.context // SHORT_DIVISOR if progress < SHORT_STAGE else args.context
        batch = args.batch * args.context // length
        picked = torch.randint(0, len(data), (batch,), device=device)
        offset = offsets.randint(0, args.context - length)
        window = data[picked, offset : offset + length + 1].long()
        share = learning_rate_share(step, progress)
        for optimizer, rate in zip(optimizer_list, base_rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
        with torch.autocast(device, torch.bfloat16):
            loss = step_model(window[:, :-1].contiguous(), cos[:length], sin[:length], window[:, 1:].contiguous())
        loss.backward()
        for optimizer in optimizer_list:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        tokens += batch * length
        if step % 50 == 0 or step <= 3:
            spent = time.monotonic() - begin
            rate = tokens / spent / 1e6
            print(
                f"step {step}: length {length}, loss {loss.item():.4f}, {rate:.2f} Mtoken/s, {spent:.0f} s", flush=True
            )
    return {"steps": step, "tokens": tokens, "loss": loss.item()}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="directory of the trained model")
    parser.add_argument("--seconds", type=float, default=400, help="training time, without data and evaluation")
    parser.add_argument("--context", type=int, default=8192, help="training length in tokens, a multiple of 4")
    parser.add_argument(
        "--shape",
        type=llama.Shape.parse,
        default="384,8,6,2,1024,4096",
        help="hidden,layers,heads,kv_heads,feed_forward,vocabulary",
    )
    parser.add_argument("--batch", type=int, default=64, help="sequences of full length per step")
    parser.add_argument("--documents", type=int, default=60000, help="training documents")
    parser.add_argument("--learning-rate", type=float, default=3e-3, help="of embedding and norms (AdamW)")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--tokenizer", type=Path, help="reuse this tokenizer.json instead of training one")
    parser.add_argument("--needles", type=int, default=6, help="needles per depth in the final evaluation")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=torch.cuda.is_available())
    args = parser.parse_args()
    if args.context % SHORT_DIVISOR:
        parser.error(f"--context must be a multiple of {SHORT_DIVISOR}: {args.context}")
    return args


def main():
    args = parse_arguments()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("high")

    documents = generate_documents(args.documents, int(args.context * CHARS_PER_SEQUENCE_TOKEN), args.seed)
    if args.tokenizer:
        tokenizer = Tokenizer.from_file(str(args.tokenizer))
    else:
        tokenizer = train_tokenizer(documents, args.shape.vocabulary)
    if tokenizer.get_vocab_size() > args.shape.vocabulary:
        raise ValueError(f"the tokenizer has {tokenizer.get_vocab_size()} tokens, the model {args.shape.vocabulary}")
    rows = encode_sequences(tokenizer, documents, args.context)
    print(f"{len(rows)} sequences, {len(rows) * args.context / 1e6:.0f} Mtoken", flush=True)

    model = llama.Decoder(args.shape).to(device)
    print(f"{sum(weight.numel() for weight in model.parameters()) / 1e6:.1f} M parameters", flush=True)
    summary = train(model, rows, args, device)

    llama.save(model, 2 * args.context, args.out)
    tokenizer.save(str(args.out / "tokenizer.json"))
    lengths = [args.context // 4, args.context // 2, args.context, 2 * args.context]
    recalled = recall.needle_recall(model, tokenizer, lengths, args.needles, 2 * args.context)
    summary["needle"] = {str(length): counts for length, counts in recalled.items()}
    (args.out / "train.json").write_text(json.dumps(summary))


if __name__ == "__main__":
    main()
