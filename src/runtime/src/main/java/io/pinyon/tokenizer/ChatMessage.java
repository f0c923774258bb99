/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/**
 * One message of a conversation.
 *
 * @param role {@code system}, {@code user} or {@code assistant}
 * @param content what was said
 */
public record ChatMessage(String role, String content) {
    /** Instructions for the assistant. */
    public static ChatMessage system(String content) {
        return new ChatMessage(ChatRoles.SYSTEM, content);
    }

    /** What the user said. */
    public static ChatMessage user(String content) {
        return new ChatMessage(ChatRoles.USER, content);
    }

    /** What the model said. */
    public static ChatMessage assistant(String content) {
        return new ChatMessage(ChatRoles.ASSISTANT, content);
    }
}
