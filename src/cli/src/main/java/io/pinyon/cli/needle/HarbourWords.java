/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli.needle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The vocabulary of the logbooks. Names are drawn from a fixed seed, so they are the same everywhere. */
final class HarbourWords {
    private static final long NAME_SEED = 20261123;

    private static final PythonRandom NAMES = new PythonRandom(NAME_SEED);

    /** Names of ships; drawn first. */
    static final List<String> SHIPS = names(300, true,
            words("mar bel cor dun fal gar hel kes lor mor nor pel quil ros sel tam var wes"),
            words("a e i o ow el in"),
            words("low ver ton dine wick ra line mar gan"));

    /** Names of towns; drawn second. */
    static final List<String> TOWNS = names(150, true,
            words("ash bram cald dray el fen gram hol ive kel lang mill nes oak pen rav stan thorn ul wy"),
            words("ford port ham wick mere stead by haven combe"));

    /** Names of people; drawn third. */
    static final List<String> PEOPLE = names(300, true,
            words("al be ca da e fi ga ha i jo ka le ma ni o pe ro sa ti u vi wi"),
            words("ra la mi no ri ta ve do li"),
            List.of("", "n", "s", "a", "na", "m", "ck", "th"));

    /** Names of towers; drawn last. */
    static final List<String> TOWERS = names(100, false,
            words("alder birch cedar elm hazel larch maple oak pine rowan willow yew"),
            List.of(" "),
            words("gate hill court lane bridge wharf mill field well yard"));

    /** What ships carry. */
    static final List<String> GOODS = words(
            "salt barley copper wool timber wax honey iron linen pepper olives tar rope glass slate "
                    + "silver cloth cheese apples cider ink paper coal nails oats rye tin clay hides amber");

    /** What goods are packed in. */
    static final List<String> UNITS = words("barrels sacks crates bales casks chests");

    /** First words of passwords. */
    static final List<String> COLORS = words("red green blue amber black white grey violet brown golden silver pale");

    /** Second words of passwords. */
    static final List<String> ANIMALS = words(
            "otter heron fox badger owl raven hare stoat wren pike toad lynx crane mole seal gull");

    /** What the weather did. */
    static final List<String> WEATHER = List.of(
            "rain fell until noon",
            "the wind turned to the north",
            "a thick fog lay over the quay",
            "the sky was clear and cold",
            "snow covered the roofs",
            "the tide came in early",
            "thunder was heard beyond the hills",
            "the sea was calm");

    /** Where people go. */
    static final List<String> PLACES = List.of(
            "the mill",
            "the old quay",
            "the market",
            "the chapel",
            "the rope walk",
            "the customs house",
            "the lower inn",
            "the lighthouse",
            "the salt store",
            "the east gate");

    /** What people talk about. */
    static final List<String> TOPICS = List.of(
            "the price of barley",
            "the broken crane",
            "the new harbour tax",
            "a missing ledger",
            "the winter repairs",
            "the feast of lanterns",
            "the road over the pass",
            "the health of the mayor",
            "a leaking roof",
            "the count of sails");

    /** What people do with others. */
    static final List<String> VERBS = List.of(
            "spoke with",
            "waited for",
            "argued with",
            "wrote a letter to",
            "dined with",
            "bought bread from",
            "lent a coin to",
            "walked home with");

    /** When things happen. */
    static final List<String> TIMES = List.of(
            "In the morning",
            "At noon",
            "In the evening",
            "Before dawn",
            "After supper",
            "Late at night");

    private HarbourWords() {}

    private static List<String> words(String text) {
        return List.of(text.split(" "));
    }

    /** Different names, each one choice per list of syllables. */
    @SafeVarargs
    private static List<String> names(int count, boolean capitalize, List<String>... syllables) {
        var names = new ArrayList<String>();
        while (names.size() < count) {
            var name = new StringBuilder();
            for (List<String> choices : syllables) {
                name.append(NAMES.choice(choices));
            }
            String drawn = capitalize ? capitalized(name.toString()) : name.toString();
            if (!names.contains(drawn)) {
                names.add(drawn);
            }
        }
        return List.copyOf(names);
    }

    private static String capitalized(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }
}
