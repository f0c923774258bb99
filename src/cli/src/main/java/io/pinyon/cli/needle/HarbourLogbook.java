/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli.needle;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes the logbooks of {@code models/recipe/corpus.py}. The order of the draws decides the text, so it is the same as
 * there; Java evaluates the operands of a concatenation from left to right, as Python does.
 */
final class HarbourLogbook {
    /** Length that counts for the title line, whatever the town's name. */
    private static final int TITLE_CHARS = 40;

    private final PythonRandom random;
    private final Set<String> subjects = new HashSet<>();

    HarbourLogbook(PythonRandom random) {
        this.random = random;
    }

    /**
     * A logbook that hides one fact and asks for it in its last line.
     *
     * @param chars about how many characters
     * @param depth where the fact stands, from 0, the beginning, to 1, the end
     */
    Needle needle(int chars, double depth) {
        Fact hidden = fact();
        var text = new StringBuilder("Logbook of the harbour of " + choice(HarbourWords.TOWNS) + ".\n");
        int length = TITLE_CHARS;
        int lines = 1;
        boolean placed = false;
        while (length < chars) {
            if (!placed && length >= depth * chars) {
                text.append(hidden.sentence()).append('\n');
                lines++;
                placed = true;
            }
            String line = line(lines);
            text.append(line).append('\n');
            lines++;
            length += line.length() + 1;
        }
        if (!placed) {
            text.append(hidden.sentence()).append('\n');
        }
        return new Needle(text + "Question: " + hidden.question() + " Answer:", " " + hidden.answer());
    }

    private String line(int lines) {
        double kind = random.random();
        if (kind < 0.5) {
            return filler();
        }
        if (kind < 0.65 && lines > 3) {
            Fact asked = fact();
            return asked.sentence() + "\nQuestion: " + asked.question() + " Answer: " + asked.answer() + ".";
        }
        return fact().sentence();
    }

    /** A sentence that no question asks about. */
    private String filler() {
        double kind = random.random();
        if (kind < 0.4) {
            return choice(HarbourWords.TIMES) + " " + choice(HarbourWords.PEOPLE) + " went to "
                    + choice(HarbourWords.PLACES) + " and " + choice(HarbourWords.VERBS) + " "
                    + choice(HarbourWords.PEOPLE) + " about " + choice(HarbourWords.TOPICS) + ".";
        }
        if (kind < 0.7) {
            return choice(HarbourWords.TIMES) + " " + choice(HarbourWords.WEATHER) + ", and "
                    + choice(HarbourWords.PEOPLE) + " " + choice(HarbourWords.VERBS) + " "
                    + choice(HarbourWords.PEOPLE) + ".";
        }
        return choice(HarbourWords.PEOPLE) + " counted " + random.randint(2, 99) + " " + choice(HarbourWords.UNITS)
                + " at " + choice(HarbourWords.PLACES) + " and found nothing wrong.";
    }

    /** A fact about a subject that this logbook has no fact about yet. */
    private Fact fact() {
        while (true) {
            Drawn drawn = switch (random.randrange(5)) {
                case 0 -> cargo();
                case 1 -> keeper();
                case 2 -> password();
                case 3 -> debt();
                default -> birthplace();
            };
            if (subjects.add(drawn.subject())) {
                return drawn.fact();
            }
        }
    }

    private record Drawn(String subject, Fact fact) {}

    private Drawn cargo() {
        int day = random.randint(1, 365);
        String ship = choice(HarbourWords.SHIPS);
        String answer = random.randint(2, 999) + " " + choice(HarbourWords.UNITS) + " of "
                + choice(HarbourWords.GOODS) + " from " + choice(HarbourWords.TOWNS);
        return new Drawn("cargo " + ship + " " + day, new Fact("On day " + day + " the " + ship + " brought " + answer
                + ".", "What did the " + ship + " bring on day " + day + "?", answer));
    }

    private Drawn keeper() {
        String tower = choice(HarbourWords.TOWERS);
        String answer = choice(HarbourWords.PEOPLE);
        return new Drawn("keeper " + tower, new Fact("The keeper of the " + tower + " tower is " + answer + ".",
                "Who keeps the " + tower + " tower?", answer));
    }

    private Drawn password() {
        int cellar = random.randint(100, 999);
        String answer = choice(HarbourWords.COLORS) + " " + choice(HarbourWords.ANIMALS) + " "
                + random.randint(10, 9999);
        return new Drawn("cellar " + cellar, new Fact("The password for cellar " + cellar + " is " + answer + ".",
                "What is the password for cellar " + cellar + "?", answer));
    }

    private Drawn debt() {
        String person = choice(HarbourWords.PEOPLE);
        String answer = random.randint(2, 999) + " coins to " + choice(HarbourWords.PEOPLE);
        return new Drawn("debt " + person,
                new Fact(person + " owes " + answer + ".", "What does " + person + " owe?", answer));
    }

    private Drawn birthplace() {
        String person = choice(HarbourWords.PEOPLE);
        String answer = choice(HarbourWords.TOWNS);
        return new Drawn("born " + person,
                new Fact(person + " was born in " + answer + ".", "Where was " + person + " born?", answer));
    }

    private String choice(List<String> items) {
        return random.choice(items);
    }
}
