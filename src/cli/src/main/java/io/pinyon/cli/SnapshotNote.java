/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.error.UsageException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What a command keeps with a session that it saves: a JSON array of the command's name and texts. */
final class SnapshotNote {
    private SnapshotNote() {}

    static String write(String command, List<String> texts) {
        var all = new ArrayList<String>();
        all.add(command);
        all.addAll(texts);
        return Json.write(all);
    }

    /**
     * Reads a note.
     *
     * @param command that must have written it
     * @param file for the message
     * @return the texts
     * @throws UsageException {@code PIN-USAGE} if another command or program wrote it
     */
    static List<String> read(String command, String file, String note) {
        var texts = new ArrayList<String>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), note)) {
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                while (parser.nextToken() == JsonToken.VALUE_STRING) {
                    texts.add(parser.getString());
                }
            }
        } catch (JacksonException e) {
            throw foreign(command, file);
        }
        if (texts.isEmpty() || !texts.getFirst().equals(command)) {
            throw foreign(command, file);
        }
        return List.copyOf(texts.subList(1, texts.size()));
    }

    private static UsageException foreign(String command, String file) {
        return new UsageException("PIN-USAGE", file + " was not saved by pinyon " + command,
                "continue it with pinyon run --load");
    }
}
