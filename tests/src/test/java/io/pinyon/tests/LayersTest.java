/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The runtime keeps the rules of its house, and each rule fails in a house that breaks it. */
class LayersTest {
    private static final String FIXTURE = "io.pinyon.tests.fixture";

    private static final JavaClasses RUNTIME = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/io/pinyon/cli/"))
            .withImportOption(location -> !location.contains("/io/pinyon/tests/"))
            .importPackages("io.pinyon");

    private static final JavaClasses BROKEN = new ClassFileImporter().importPackages(FIXTURE);

    static Stream<Named<Function<LayerRules, ArchRule>>> rules() {
        return Stream.of(
                Named.of("floors import downwards", LayerRules::floorsImportDownwards),
                Named.of("device kinds are named nowhere", LayerRules::deviceKindsAreNamedNowhere),
                Named.of("the Vector API stays in its room", LayerRules::vectorApiStaysInItsRoom),
                Named.of("no native calls", LayerRules::noNativeCalls),
                Named.of("CUDA stays in its room", LayerRules::cudaStaysInItsRoom),
                Named.of("bridges know the interface only", LayerRules::bridgesKnowTheInterfaceOnly),
                Named.of("decoding knows no formats", LayerRules::decodingKnowsNoFormats),
                Named.of("no cycles of rooms", LayerRules::noCyclesOfRooms),
                Named.of("no cycles within rooms", LayerRules::noCyclesWithinRooms),
                Named.of("the API shows no internals", LayerRules::apiShowsNoInternals),
                Named.of("nothing is printed", LayerRules::nothingIsPrinted));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theRuntimeKeepsTheRule(Function<LayerRules, ArchRule> rule) {
        rule.apply(new LayerRules("io.pinyon")).check(RUNTIME);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theRuleFailsWhenBroken(Function<LayerRules, ArchRule> rule) {
        EvaluationResult result = rule.apply(new LayerRules(FIXTURE)).evaluate(BROKEN);

        assertThat(result.hasViolation()).isTrue();
    }

    @Test
    void allOfTheRuntimeIsChecked() {
        assertThat(RUNTIME.size()).isGreaterThan(200);
        for (String room : List.of("", ".error", ".memory", ".format", ".device", ".device.support", ".device.host",
                ".device.scalar", ".device.cpu", ".device.cuda", ".kv", ".tokenizer", ".model", ".decode", ".engine",
                ".cuda.driver", ".cuda.ffm", ".cuda.javacpp", ".cuda.jcuda", ".kernels.cuda")) {
            assertThat(RUNTIME.containPackage("io.pinyon" + room)).as("io.pinyon" + room).isTrue();
        }
    }
}
