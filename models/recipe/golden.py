# SPDX-License-Identifier: Apache-2.0
"""Write the golden file against which ports of the needle generator, and of Python's random numbers, are checked."""

import argparse
import hashlib
import json
import random
from pathlib import Path

import corpus

# Seeds of one, of several 32-bit words, and zero; lengths that end inside and outside the placing of the needle.
CASES = [
    (0, 400, 0.0),
    (1, 1500, 0.3),
    (7, 1500, 0.95),
    (99, 6963, 0.05),
    (20261123, 27852, 0.5),
    (2**40 + 3, 2500, 1.0),
]
# Cases with at most this many characters carry the whole prompt, the others its beginning.
WHOLE_CHARS = 2000
BEGINNING_CHARS = 200


def sample(seed, n_chars, depth):
    prompt, answer = corpus.needle(random.Random(seed), n_chars, depth)
    whole = len(prompt) <= WHOLE_CHARS
    stream = random.Random(seed)
    return {
        "seed": seed,
        "n_chars": n_chars,
        "depth": depth,
        "random": [stream.random() for _ in range(4)],
        "prompt_chars": len(prompt),
        "prompt_sha256": hashlib.sha256(prompt.encode()).hexdigest(),
        "answer": answer,
        "whole": whole,
        "prompt": prompt if whole else prompt[:BEGINNING_CHARS],
    }


def main():
    root = Path(__file__).parent.parent.parent
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=root / "tests/src/test/resources/golden/corpus/needle.json")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    samples = [sample(*case) for case in CASES]
    args.out.write_text(json.dumps(samples, indent=2) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
