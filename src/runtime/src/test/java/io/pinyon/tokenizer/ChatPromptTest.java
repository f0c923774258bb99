/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;

import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ChatPromptTest {
    private static final List<ChatMessage> TALK = List.of(ChatMessage.system("Be brief."), ChatMessage.user("Hi"),
            ChatMessage.assistant("Hello"), ChatMessage.user("Bye"));

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '`',
            textBlock = """
                    {{'<|im_start|>' + role}}  ! chatml  ! <|im_start|>system#Be brief.<|im_end|>#<|im_start|>user#Hi<|im_end|>#<|im_start|>assistant#Hello<|im_end|>#<|im_start|>user#Bye<|im_end|>#<|im_start|>assistant#
                    '<|start_header_id|>'      ! llama3  ! <|start_header_id|>system<|end_header_id|>##Be brief.<|eot_id|><|start_header_id|>user<|end_header_id|>##Hi<|eot_id|><|start_header_id|>assistant<|end_header_id|>##Hello<|eot_id|><|start_header_id|>user<|end_header_id|>##Bye<|eot_id|><|start_header_id|>assistant<|end_header_id|>##
                    '[INST]' '<<SYS>>'         ! llama2  ! [INST] <<SYS>>#Be brief.#<</SYS>>##Hi [/INST] Hello </s><s>[INST] Bye [/INST]
                    '[INST]'                   ! mistral ! [INST] Be brief.##Hi [/INST] Hello</s>[INST] Bye [/INST]
                    '<start_of_turn>'          ! gemma   ! <start_of_turn>user#Be brief.##Hi<end_of_turn>#<start_of_turn>model#Hello<end_of_turn>#<start_of_turn>user#Bye<end_of_turn>#<start_of_turn>model#
                    '<|user|>' '<|end|>'       ! phi3    ! <|system|>#Be brief.<|end|>#<|user|>#Hi<|end|>#<|assistant|>#Hello<|end|>#<|user|>#Bye<|end|>#<|assistant|>#
                    '<|user|>' + eos_token     ! zephyr  ! <|system|>#Be brief.</s>#<|user|>#Hi</s>#<|assistant|>#Hello</s>#<|user|>#Bye</s>#<|assistant|>#
                    """)
    void writesTheConversationInTheFormOfTheFamily(String template, String family, String expected) {
        ChatPrompt prompt = ChatPrompt.of(template, "<s>", "</s>");
        assertThat(prompt.family()).isEqualTo(family);
        assertThat(prompt.render(TALK, true)).isEqualTo(expected.replace('#', '\n'));
    }

    @Test
    void withoutGenerationPromptItEndsWithTheLastMessage() {
        ChatPrompt prompt = ChatPrompt.of("<|im_start|>", "", "");
        assertThat(prompt.render(TALK.subList(0, 2), false)).endsWith("Hi<|im_end|>\n");
        assertThat(prompt.render(List.of(), false)).isEmpty();
    }

    @Test
    void unknownTemplatesAreRefused() {
        assertThatThrownBy(() -> ChatPrompt.of("{{ messages }}", "", "")).isInstanceOf(UsageException.class)
                .hasMessageContaining("PIN-CHAT-TEMPLATE")
                .hasMessageContaining("chatml")
                .hasMessageContaining("run");
        assertThatThrownBy(() -> ChatPrompt.of(SmallVocabulary.byteLevel("gpt-2").open()))
                .hasMessageContaining("PIN-CHAT-TEMPLATE");
    }

    @Test
    void theModelsOwnTemplateIsRecognised() {
        SmallVocabulary small = SmallVocabulary.sentencePiece().with("tokenizer.chat_template", "[INST]");
        assertThat(ChatPrompt.of(small.open()).render(TALK, true)).contains("Hello</s>[INST]");
    }

    @Test
    void plainFormIsThereForModelsWithoutTemplate() {
        assertThat(ChatPrompt.plain().render(TALK, true))
                .isEqualTo("System: Be brief.\nUser: Hi\nAssistant: Hello\nUser: Bye\nAssistant:");
    }

    @Test
    void impossibleConversationsAreRefused() {
        ChatPrompt chatml = ChatPrompt.of("<|im_start|>", "", "");
        ChatPrompt gemma = ChatPrompt.of("<start_of_turn>", "", "");
        List<ChatMessage> late = List.of(ChatMessage.user("a"), ChatMessage.system("b"));
        for (List<ChatMessage> talk : List.of(late, List.of(new ChatMessage("tool", "x")))) {
            assertThatThrownBy(() -> chatml.render(talk, true)).hasMessageContaining("PIN-CHAT-ROLE");
        }
        assertThatThrownBy(() -> gemma.render(List.of(ChatMessage.system("a")), true))
                .hasMessageContaining("PIN-CHAT-ROLE");
    }
}
