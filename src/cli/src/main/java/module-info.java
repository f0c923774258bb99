/** The pinyon command. */
module io.pinyon.cli {
    requires static org.jspecify;
    requires io.pinyon;
    requires info.picocli;
    requires tools.jackson.databind;

    exports io.pinyon.cli;

    opens io.pinyon.cli to
            info.picocli;
}
