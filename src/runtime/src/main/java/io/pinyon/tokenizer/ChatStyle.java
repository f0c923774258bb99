/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How a conversation becomes one text. */
sealed interface ChatStyle {
    /**
     * Writes a conversation whose roles have been checked.
     *
     * @param bos text of the token that begins a text
     * @param eos text of the token that ends one
     */
    String render(List<ChatMessage> messages, boolean addGenerationPrompt, String bos, String eos);

    /** Turns whose opening names the role and whose content is stripped of white space. */
    static Turns turns(String open, String close) {
        return new Turns(open, "", close, Map.of(), true, false);
    }

    /**
     * Every message between an opening and a closing.
     *
     * @param open with {@code {role}} where the role goes
     * @param before what parts the opening from the content
     * @param close with {@code {eos}} where the end-of-text token goes
     * @param names of roles that are not called as here
     * @param trim whether contents lose the white space around them
     * @param mergesSystem whether the system message is put into the first message of the user
     */
    record Turns(String open, String before, String close, Map<String, String> names, boolean trim,
            boolean mergesSystem) implements ChatStyle {
        Turns untrimmed() {
            return new Turns(open, before, close, names, false, mergesSystem);
        }

        Turns spaced() {
            return new Turns(open, " ", close, names, trim, mergesSystem);
        }

        Turns mergingSystem() {
            return new Turns(open, before, close, names, trim, true);
        }

        Turns calling(String role, String name) {
            Map<String, String> more = new HashMap<>(names);
            more.put(role, name);
            return new Turns(open, before, close, Map.copyOf(more), trim, mergesSystem);
        }

        @Override
        public String render(List<ChatMessage> messages, boolean addGenerationPrompt, String bos, String eos) {
            StringBuilder out = new StringBuilder();
            for (ChatMessage message : mergesSystem ? ChatRoles.withoutSystem(messages) : messages) {
                out.append(opening(message.role()))
                        .append(before)
                        .append(trim ? message.content().strip() : message.content())
                        .append(close.replace("{eos}", eos));
            }
            return out.append(addGenerationPrompt ? opening(ChatRoles.ASSISTANT) : "").toString();
        }

        private String opening(String role) {
            return open.replace("{role}", names.getOrDefault(role, role));
        }
    }

    /**
     * Requests in brackets, answers bare, as Llama 2 and Mistral write them.
     *
     * @param llama2 mark the system message, and begin a new text with each request
     */
    record Instructions(boolean llama2) implements ChatStyle {
        @Override
        public String render(List<ChatMessage> messages, boolean addGenerationPrompt, String bos, String eos) {
            List<ChatMessage> turns = ChatRoles.withoutSystem(llama2 ? marked(messages) : messages);
            StringBuilder out = new StringBuilder();
            for (int i = 0; i < turns.size(); i++) {
                String content = turns.get(i).content().strip();
                if (turns.get(i).role().equals(ChatRoles.USER)) {
                    out.append(llama2 && i > 0 ? bos : "").append("[INST] ").append(content).append(" [/INST]");
                } else {
                    out.append(' ').append(content).append(llama2 ? " " : "").append(eos);
                }
            }
            return out.toString();
        }

        private static List<ChatMessage> marked(List<ChatMessage> messages) {
            if (messages.isEmpty() || !messages.getFirst().role().equals(ChatRoles.SYSTEM)) {
                return messages;
            }
            List<ChatMessage> out = new ArrayList<>(messages);
            out.set(0, ChatMessage.system("<<SYS>>\n" + messages.getFirst().content() + "\n<</SYS>>"));
            return out;
        }
    }
}
