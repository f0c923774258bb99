/** Memory-efficient LLM inference for the JVM. */
module io.pinyon {
    requires static transitive org.jspecify;
    requires static jdk.incubator.vector;
    requires tools.jackson.databind;
    requires ai.djl.tokenizers;

    exports io.pinyon.error;
}
