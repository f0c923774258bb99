# SPDX-License-Identifier: Apache-2.0
"""Write the sample logbook and its questions, the same bytes for the same seed."""

import argparse
import json
import random
from collections import Counter
from pathlib import Path

import corpus

# Shares of the lines; the rest are plain facts.
FILLER_SHARE = 0.55
ASKED_SHARE = 0.05


def logbook(rng, n_chars):
    """The lines of a logbook of about ``n_chars`` characters, and its facts that no line asks about, in order."""
    lines, length, seen, facts = [corpus.title(rng)], corpus.TITLE_CHARS, set(), []
    while length < n_chars:
        kind = rng.random()
        if kind < FILLER_SHARE:
            line = corpus.filler(rng)
        else:
            fact = corpus.fact(rng, seen)
            line = fact.sentence
            if kind < FILLER_SHARE + ASKED_SHARE:
                line += f"\nQuestion: {fact.question} Answer: {fact.answer}."
            else:
                facts.append(fact)
        lines.append(line)
        length += len(line) + 1
    return lines, facts


def choose(facts, count):
    """One fact from each of ``count`` equal stretches of the logbook, of the kind that was chosen least so far."""
    used = Counter()
    chosen = []
    for i in range(count):
        stretch = facts[i * len(facts) // count : (i + 1) * len(facts) // count]
        fact = min(stretch, key=lambda candidate: used[_kind(candidate)])
        used[_kind(fact)] += 1
        chosen.append(fact)
    return chosen


def _kind(fact):
    """The first two words of the question differ between the five kinds of facts."""
    return tuple(fact.question.split()[:2])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "sample")
    parser.add_argument("--chars", type=int, default=12800, help="approximate length of the logbook")
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--seed", type=int, default=2026)
    args = parser.parse_args()

    lines, facts = logbook(random.Random(args.seed), args.chars)
    if len(facts) < args.questions:
        parser.error(f"{args.questions} questions need a longer logbook: it has {len(facts)} facts")
    questions = [{"question": fact.question, "answer": fact.answer} for fact in choose(facts, args.questions)]
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "logbook.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    (args.out / "questions.json").write_text(json.dumps(questions, indent=2) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
