/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;
import java.util.OptionalInt;

import io.pinyon.error.UsageException;

/**
 * Writes a conversation as the prompt that a model was trained on.
 *
 * <p>This is no Jinja interpreter. It recognises the well-known families of templates by their control tokens and writes
 * the conversation in that family's form; anything else is refused. What a particular template does beyond its family,
 * such as a system message of its own when there is none, is not done.
 *
 * <p>The prompt has no beginning-of-text token: encode it with both {@code addSpecial} and {@code parseSpecial}. The
 * text of control tokens inside of messages then becomes control tokens too, as it does with the template itself.
 */
public final class ChatPrompt {
    private final ChatFamily family;
    private final String bos;
    private final String eos;

    private ChatPrompt(ChatFamily family, String bos, String eos) {
        this.family = family;
        this.bos = bos;
        this.eos = eos;
    }

    /**
     * The form of a model's own template.
     *
     * @throws UsageException {@code PIN-CHAT-TEMPLATE} when the model has no template or one of no known family
     */
    public static ChatPrompt of(Tokenizer tokenizer) {
        String template = tokenizer.chatTemplate()
                .orElseThrow(() -> refused("this model has no chat template"));
        return of(template, text(tokenizer, tokenizer.bos()), text(tokenizer, tokenizer.eos()));
    }

    /**
     * The form of a template.
     *
     * @param template Jinja text
     * @param bos text of the token that begins a text, {@code ""} if none
     * @param eos text of the token that ends a text, {@code ""} if none
     * @throws UsageException {@code PIN-CHAT-TEMPLATE} for a template of no known family
     */
    public static ChatPrompt of(String template, String bos, String eos) {
        return ChatFamily.of(template)
                .map(family -> new ChatPrompt(family, bos, eos))
                .orElseThrow(() -> refused("the chat template of this model is of none of the known families "
                        + String.join(", ", ChatFamily.names())));
    }

    /**
     * A form for models without a template: each message on lines of its own after {@code User: }, {@code Assistant: } or
     * {@code System: }. Never chosen by itself.
     */
    public static ChatPrompt plain() {
        return new ChatPrompt(ChatFamily.PLAIN, "", "");
    }

    /** Name of the family, for example {@code chatml}. */
    public String family() {
        return family.name();
    }

    /**
     * Writes a conversation.
     *
     * @param messages the system message, if any, first
     * @param addGenerationPrompt end with the opening of the assistant's next message
     * @throws UsageException {@code PIN-CHAT-ROLE} for a role that is not known or not possible at its place
     */
    public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        ChatRoles.check(messages);
        return family.style().render(messages, addGenerationPrompt, bos, eos);
    }

    private static String text(Tokenizer tokenizer, OptionalInt id) {
        return id.isPresent() ? tokenizer.token(id.getAsInt()) : "";
    }

    private static UsageException refused(String problem) {
        return new UsageException("PIN-CHAT-TEMPLATE", problem,
                "use `run` with a prompt in the form that the model expects");
    }
}
