/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.pinyon.error.UsageException;

/** The roles of a conversation and the rules about their order. */
final class ChatRoles {
    static final String SYSTEM = "system";
    static final String USER = "user";
    static final String ASSISTANT = "assistant";
    private static final Set<String> ALL = Set.of(SYSTEM, USER, ASSISTANT);

    private ChatRoles() {}

    /** Refuses unknown roles and a system message anywhere but first. */
    static void check(List<ChatMessage> messages) {
        for (int i = 0; i < messages.size(); i++) {
            String role = messages.get(i).role();
            if (!ALL.contains(role)) {
                throw refused("role " + TokenizerErrors.quoted(role) + " of message " + i + " is not known");
            }
            if (role.equals(SYSTEM) && i > 0) {
                throw refused("message " + i + " is a system message");
            }
        }
    }

    /** The same conversation with the system message put before the first message of the user. */
    static List<ChatMessage> withoutSystem(List<ChatMessage> messages) {
        if (messages.isEmpty() || !messages.getFirst().role().equals(SYSTEM)) {
            return messages;
        }
        if (messages.size() < 2 || !messages.get(1).role().equals(USER)) {
            throw refused("this template needs a user message after the system message");
        }
        List<ChatMessage> merged = new ArrayList<>(messages.subList(1, messages.size()));
        merged.set(0, ChatMessage.user(messages.getFirst().content() + "\n\n" + merged.getFirst().content()));
        return merged;
    }

    private static UsageException refused(String problem) {
        return new UsageException("PIN-CHAT-ROLE", problem,
                "use the roles system (first message only), user and assistant");
    }
}
