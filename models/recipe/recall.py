# SPDX-License-Identifier: Apache-2.0
"""Exact-match needle recall of a model in a Hugging Face directory.

A needle counts as recalled when greedy decoding writes the whole answer and its full stop. Every token of the answer
must be the most likely one after the tokens before it, so one forward pass over prompt and answer decides.
"""

import argparse
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer

import corpus
import model as llama

CHARS_PER_TOKEN = 3.4
DEPTHS = (0.05, 0.25, 0.5, 0.75, 0.95)
BOS = 0


@torch.no_grad()
def recalls(model, tokenizer, prompt, answer, max_tokens, dtype=torch.bfloat16):
    """Whether the model answers exactly; also the prompt's length in tokens. Long prompts lose their beginning."""
    wanted = tokenizer.encode(answer + ".").ids
    ids = [BOS] + tokenizer.encode(prompt).ids
    ids = ids[-(max_tokens - len(wanted)) :]
    device = model.embedding.weight.device
    tokens = torch.tensor([ids + wanted], device=device)
    cos, sin = llama.rope_tables(tokens.shape[1], model.shape.head_dim, device)
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        logits = model(tokens, cos, sin)
    best = logits[0, len(ids) - 1 : -1].argmax(-1)
    return best.tolist() == wanted, len(ids)


def needle_recall(model, tokenizer, lengths, per_depth, max_tokens, seed=99, dtype=torch.bfloat16):
    """Print and return ``{length: (recalled, asked)}`` for prompts of about ``lengths`` tokens."""
    model.eval()
    rng = random.Random(seed)
    results = {}
    for length in lengths:
        recalled, longest = [], 0
        for depth in DEPTHS:
            for _ in range(per_depth):
                prompt, answer = corpus.needle(rng, int(length * CHARS_PER_TOKEN), depth)
                correct, tokens = recalls(model, tokenizer, prompt, answer, max_tokens, dtype)
                recalled.append(correct)
                longest = max(longest, tokens)
        results[length] = (sum(recalled), len(recalled))
        print(f"about {length} tokens (longest {longest}): {sum(recalled)}/{len(recalled)}", flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="directory with config.json, model.safetensors and tokenizer.json")
    parser.add_argument("--lengths", type=int, nargs="+", default=[2048, 4096, 8192], help="prompt lengths in tokens")
    parser.add_argument("--per-depth", type=int, default=6, help="needles for each of the five depths (default 6)")
    parser.add_argument("--max-tokens", type=int, default=16384, help="longest input (default 16384)")
    parser.add_argument("--seed", type=int, default=99, help="seed of the needles (default 99)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16")
    args = parser.parse_args()
    model = llama.load(args.model).to(args.device)
    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    dtype = getattr(torch, args.dtype)
    needle_recall(model, tokenizer, args.lengths, args.per_depth, args.max_tokens, args.seed, dtype)


if __name__ == "__main__":
    main()
