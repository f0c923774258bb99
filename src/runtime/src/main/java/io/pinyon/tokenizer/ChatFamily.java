/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;
import java.util.Optional;

/**
 * A way of writing a conversation that many models share, told apart by the control tokens in their template.
 *
 * @param markers texts that the Jinja template of every model of the family has
 */
record ChatFamily(String name, List<String> markers, ChatStyle style) {
    /** Not a template of any model: for base models, chosen by the caller. */
    static final ChatFamily PLAIN = new ChatFamily("plain", List.of(),
            ChatStyle.turns("{role}:", "\n")
                    .spaced()
                    .calling(ChatRoles.SYSTEM, "System")
                    .calling(ChatRoles.USER, "User")
                    .calling(ChatRoles.ASSISTANT, "Assistant"));

    /** Those with more markers come before those whose markers they contain. */
    private static final List<ChatFamily> KNOWN = List.of(
            new ChatFamily("llama4", List.of("<|header_start|>"),
                    ChatStyle.turns("<|header_start|>{role}<|header_end|>\n\n", "<|eot|>")),
            new ChatFamily("llama3", List.of("<|start_header_id|>"),
                    ChatStyle.turns("<|start_header_id|>{role}<|end_header_id|>\n\n", "<|eot_id|>")),
            new ChatFamily("phi4", List.of("<|im_start|>", "<|im_sep|>"),
                    ChatStyle.turns("<|im_start|>{role}<|im_sep|>", "<|im_end|>").untrimmed()),
            new ChatFamily("chatml", List.of("<|im_start|>"),
                    ChatStyle.turns("<|im_start|>{role}\n", "<|im_end|>\n").untrimmed()),
            new ChatFamily("gemma", List.of("<start_of_turn>"),
                    ChatStyle.turns("<start_of_turn>{role}\n", "<end_of_turn>\n")
                            .mergingSystem()
                            .calling(ChatRoles.ASSISTANT, "model")),
            new ChatFamily("command-r", List.of("<|START_OF_TURN_TOKEN|>"),
                    ChatStyle.turns("<|START_OF_TURN_TOKEN|>{role}", "<|END_OF_TURN_TOKEN|>")
                            .calling(ChatRoles.SYSTEM, "<|SYSTEM_TOKEN|>")
                            .calling(ChatRoles.USER, "<|USER_TOKEN|>")
                            .calling(ChatRoles.ASSISTANT, "<|CHATBOT_TOKEN|>")),
            new ChatFamily("phi3", List.of("<|user|>", "<|end|>"),
                    ChatStyle.turns("<|{role}|>\n", "<|end|>\n").untrimmed()),
            new ChatFamily("zephyr", List.of("<|user|>"), ChatStyle.turns("<|{role}|>\n", "{eos}\n").untrimmed()),
            new ChatFamily("llama2", List.of("[INST]", "<<SYS>>"), new ChatStyle.Instructions(true)),
            new ChatFamily("mistral", List.of("[INST]"), new ChatStyle.Instructions(false)));

    /** The family that a Jinja template belongs to. */
    static Optional<ChatFamily> of(String template) {
        return KNOWN.stream().filter(family -> family.markers.stream().allMatch(template::contains)).findFirst();
    }

    /** Names of all families that templates are recognised as. */
    static List<String> names() {
        return KNOWN.stream().map(ChatFamily::name).toList();
    }
}
