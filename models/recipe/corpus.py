# SPDX-License-Identifier: Apache-2.0
"""Generator of harbour logbooks: synthetic English in which every question is answered by earlier lines.

The names of ships, towns, people and towers come from a random generator with a fixed seed, so every process sees the
same vocabulary. Everything else is drawn from the ``random.Random`` that the caller passes. The order of the draws is
part of the contract: a text is identified by its seed, and ports of this generator are checked against golden files.
"""

import argparse
import random
from typing import NamedTuple

NAME_SEED = 20261123


class Fact(NamedTuple):
    """A statement, the question that asks for it, and the answer."""

    sentence: str
    question: str
    answer: str


def _names(rng, count, syllables, capitalize=True):
    """Draw ``count`` different names, each the concatenation of one choice per syllable list."""
    names = []
    while len(names) < count:
        name = "".join(rng.choice(choices) for choices in syllables)
        if capitalize:
            name = name.capitalize()
        if name not in names:
            names.append(name)
    return names


_name_rng = random.Random(NAME_SEED)

SHIPS = _names(
    _name_rng,
    300,
    [
        "mar bel cor dun fal gar hel kes lor mor nor pel quil ros sel tam var wes".split(),
        "a e i o ow el in".split(),
        "low ver ton dine wick ra line mar gan".split(),
    ],
)
TOWNS = _names(
    _name_rng,
    150,
    [
        "ash bram cald dray el fen gram hol ive kel lang mill nes oak pen rav stan thorn ul wy".split(),
        "ford port ham wick mere stead by haven combe".split(),
    ],
)
PEOPLE = _names(
    _name_rng,
    300,
    [
        "al be ca da e fi ga ha i jo ka le ma ni o pe ro sa ti u vi wi".split(),
        "ra la mi no ri ta ve do li".split(),
        ["", "n", "s", "a", "na", "m", "ck", "th"],
    ],
)
TOWERS = _names(
    _name_rng,
    100,
    [
        "alder birch cedar elm hazel larch maple oak pine rowan willow yew".split(),
        [" "],
        "gate hill court lane bridge wharf mill field well yard".split(),
    ],
    capitalize=False,
)

GOODS = (
    "salt barley copper wool timber wax honey iron linen pepper olives tar rope glass slate silver cloth cheese "
    "apples cider ink paper coal nails oats rye tin clay hides amber"
).split()
UNITS = "barrels sacks crates bales casks chests".split()
COLORS = "red green blue amber black white grey violet brown golden silver pale".split()
ANIMALS = "otter heron fox badger owl raven hare stoat wren pike toad lynx crane mole seal gull".split()
WEATHER = [
    "rain fell until noon",
    "the wind turned to the north",
    "a thick fog lay over the quay",
    "the sky was clear and cold",
    "snow covered the roofs",
    "the tide came in early",
    "thunder was heard beyond the hills",
    "the sea was calm",
]
PLACES = [
    "the mill",
    "the old quay",
    "the market",
    "the chapel",
    "the rope walk",
    "the customs house",
    "the lower inn",
    "the lighthouse",
    "the salt store",
    "the east gate",
]
TOPICS = [
    "the price of barley",
    "the broken crane",
    "the new harbour tax",
    "a missing ledger",
    "the winter repairs",
    "the feast of lanterns",
    "the road over the pass",
    "the health of the mayor",
    "a leaking roof",
    "the count of sails",
]
VERBS = [
    "spoke with",
    "waited for",
    "argued with",
    "wrote a letter to",
    "dined with",
    "bought bread from",
    "lent a coin to",
    "walked home with",
]
TIMES = ["In the morning", "At noon", "In the evening", "Before dawn", "After supper", "Late at night"]

# Length that generators count for the title line, whatever the length of the town's name.
TITLE_CHARS = 40


def title(rng):
    """The first line of a logbook, without a line break."""
    return f"Logbook of the harbour of {rng.choice(TOWNS)}."


def filler(rng):
    """A sentence that no question asks about."""
    kind = rng.random()
    if kind < 0.4:
        return (
            f"{rng.choice(TIMES)} {rng.choice(PEOPLE)} went to {rng.choice(PLACES)} and {rng.choice(VERBS)} "
            f"{rng.choice(PEOPLE)} about {rng.choice(TOPICS)}."
        )
    if kind < 0.7:
        return (
            f"{rng.choice(TIMES)} {rng.choice(WEATHER)}, and {rng.choice(PEOPLE)} {rng.choice(VERBS)} "
            f"{rng.choice(PEOPLE)}."
        )
    return (
        f"{rng.choice(PEOPLE)} counted {rng.randint(2, 99)} {rng.choice(UNITS)} at {rng.choice(PLACES)} "
        "and found nothing wrong."
    )


def _cargo(rng):
    day, ship = rng.randint(1, 365), rng.choice(SHIPS)
    answer = f"{rng.randint(2, 999)} {rng.choice(UNITS)} of {rng.choice(GOODS)} from {rng.choice(TOWNS)}"
    fact = Fact(f"On day {day} the {ship} brought {answer}.", f"What did the {ship} bring on day {day}?", answer)
    return (ship, day), fact


def _keeper(rng):
    tower = rng.choice(TOWERS)
    answer = rng.choice(PEOPLE)
    return tower, Fact(f"The keeper of the {tower} tower is {answer}.", f"Who keeps the {tower} tower?", answer)


def _password(rng):
    cellar = rng.randint(100, 999)
    answer = f"{rng.choice(COLORS)} {rng.choice(ANIMALS)} {rng.randint(10, 9999)}"
    fact = Fact(f"The password for cellar {cellar} is {answer}.", f"What is the password for cellar {cellar}?", answer)
    return ("cellar", cellar), fact


def _debt(rng):
    person = rng.choice(PEOPLE)
    answer = f"{rng.randint(2, 999)} coins to {rng.choice(PEOPLE)}"
    return ("debt", person), Fact(f"{person} owes {answer}.", f"What does {person} owe?", answer)


def _birthplace(rng):
    person = rng.choice(PEOPLE)
    answer = rng.choice(TOWNS)
    return ("born", person), Fact(f"{person} was born in {answer}.", f"Where was {person} born?", answer)


FACT_KINDS = (_cargo, _keeper, _password, _debt, _birthplace)


def fact(rng, seen):
    """Draw a fact whose subject is not in the set ``seen``, and add the subject to it."""
    while True:
        subject, drawn = FACT_KINDS[rng.randrange(len(FACT_KINDS))](rng)
        if subject not in seen:
            seen.add(subject)
            return drawn


def _asked(rng, facts):
    """Pick the fact to ask about: sometimes a recent one, mostly any earlier one."""
    if rng.random() < 0.3:
        back = min(len(facts) - 1, int(rng.expovariate(1 / 4)))
        return facts[-1 - back]
    return rng.choice(facts)


def _copy_source(rng, lines):
    """Pick one of the last lines that is short and neither a question nor a copy itself."""
    recent = [line for line in lines[-12:] if len(line) < 160 and not line.startswith(("Question", "Copy"))]
    return rng.choice(recent or [filler(rng) + "\n"]).strip()


def document(rng, n_chars, ask=0.42, fill=0.25):
    """A logbook of about ``n_chars`` characters, the text that the model is trained on.

    A share ``ask`` of the lines are questions with their answers, far facts as likely as near ones, and a share
    ``fill`` is filler. The rest are sums (4 %), the harbour key changing hands (4 %) and questions about its owner
    (3 %), copies of recent lines (3 %), and new facts.
    """
    lines, length, facts, seen = [title(rng) + "\n"], TITLE_CHARS, [], set()
    owner = None
    while length < n_chars:
        kind = rng.random()
        if kind < ask and facts:
            asked = _asked(rng, facts)
            line = f"Question: {asked.question} Answer: {asked.answer}.\n"
        elif kind < ask + fill:
            line = filler(rng) + "\n"
        elif kind < ask + fill + 0.04:
            left, right = rng.randint(2, 999), rng.randint(2, 999)
            line = f"The clerk adds {left} and {right} and writes {left + right}.\n"
        elif kind < ask + fill + 0.08:
            person = rng.choice(PEOPLE)
            if owner is None or rng.random() < 0.3:
                line = f"{person} took the harbour key.\n"
            else:
                line = f"{owner} gave the harbour key to {person}.\n"
            owner = person
        elif kind < ask + fill + 0.11 and owner:
            line = f"Question: Who has the harbour key now? Answer: {owner}.\n"
        elif kind < ask + fill + 0.14 and len(lines) > 4:
            source = _copy_source(rng, lines)
            line = f"Copy: {source} Again: {source}\n"
        else:
            new = fact(rng, seen)
            facts.append(new)
            line = new.sentence + "\n"
        lines.append(line)
        length += len(line)
    return "".join(lines)


def needle(rng, n_chars, depth):
    """A recall test ``(prompt, answer)``.

    One fact stands at the relative position ``depth`` (0 to 1) of a logbook of about ``n_chars`` characters that is
    otherwise filler, other facts and a few questions; the prompt ends by asking for it. The answer begins with the
    space that the model is expected to write.
    """
    seen = set()
    hidden = fact(rng, seen)
    lines, length, placed = [title(rng) + "\n"], TITLE_CHARS, False
    while length < n_chars:
        if not placed and length >= depth * n_chars:
            lines.append(hidden.sentence + "\n")
            placed = True
        kind = rng.random()
        if kind < 0.5:
            line = filler(rng)
        elif kind < 0.65 and len(lines) > 3:
            asked = fact(rng, seen)
            line = f"{asked.sentence}\nQuestion: {asked.question} Answer: {asked.answer}."
        else:
            line = fact(rng, seen).sentence
        lines.append(line + "\n")
        length += len(line) + 1
    if not placed:
        lines.append(hidden.sentence + "\n")
    return "".join(lines) + f"Question: {hidden.question} Answer:", " " + hidden.answer


def main():
    parser = argparse.ArgumentParser(description="Print a training document or a needle test.")
    parser.add_argument("kind", choices=["document", "needle"])
    parser.add_argument("--chars", type=int, default=2500, help="approximate length in characters (default 2500)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the text (default 1)")
    parser.add_argument("--depth", type=float, default=0.3, help="needle: relative position of the fact (default 0.3)")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    if args.kind == "document":
        print(document(rng, args.chars), end="")
    else:
        prompt, answer = needle(rng, args.chars, args.depth)
        print(prompt + answer)


if __name__ == "__main__":
    main()
