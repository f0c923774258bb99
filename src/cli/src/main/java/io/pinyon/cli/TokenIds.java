/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Token ids as users write them, {@code 1,2,3} or {@code @ids.json} for a file with a JSON array; and what they share. */
final class TokenIds {
    private TokenIds() {}

    /**
     * Reads ids.
     *
     * @param vocabulary number of ids that the model knows
     * @throws UsageException {@code PIN-TOKENS-RANGE} for an id that the model does not have, {@code PIN-USAGE} for
     *     text that is no list of numbers, {@code PIN-TOKENS-EMPTY} for an empty list
     * @throws ModelFileException {@code PIN-TOKENS-FILE} for a file that holds no array of integers
     */
    static int[] read(String option, String text, int vocabulary, Console console) {
        int[] ids = text.startsWith("@")
                ? file(text.substring(1), console)
                : Numbers.list(option, text, Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (ids.length == 0) {
            throw new UsageException("PIN-TOKENS-EMPTY", option + " has no ids", "give at least one");
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabulary) {
                throw new UsageException("PIN-TOKENS-RANGE", "token " + i + " is " + ids[i],
                        "ids of this model go from 0 to " + (vocabulary - 1));
            }
        }
        return ids;
    }

    /** How many tokens of a session a prompt begins with; its last one is always computed anew. */
    static int shared(int[] prompt, int[] session) {
        int differs = Arrays.mismatch(prompt, session);
        return Math.min(differs < 0 ? prompt.length : differs, prompt.length - 1);
    }

    private static int[] file(String name, Console console) {
        String json = InputFiles.text(name, console);
        List<Integer> ids = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw notIds(name, "it does not begin with [", null);
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                    throw notIds(name, "entry " + ids.size() + " is '" + parser.getString() + "'", null);
                }
                ids.add(parser.getIntValue());
            }
        } catch (JacksonException e) {
            throw notIds(name, e.getOriginalMessage(), e);
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private static ModelFileException notIds(String name, String reason, @Nullable Throwable cause) {
        String problem = "file " + name + " holds no array of token ids: " + reason;
        String remedy = "write it as [1, 2, 3]";
        return cause == null
                ? new ModelFileException("PIN-TOKENS-FILE", problem, remedy)
                : new ModelFileException("PIN-TOKENS-FILE", problem, remedy, cause);
    }
}
