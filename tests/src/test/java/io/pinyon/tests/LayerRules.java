/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * The rooms of the runtime as rules. Everything is below one root package, so that the rules can be tried on a house that
 * breaks them.
 */
final class LayerRules {
    private static final List<String> DEVICE_KINDS = List.of("device.scalar", "device.cpu", "device.cuda");

    private final String root;
    private final Map<String, Integer> floors = new HashMap<>();

    LayerRules(String root) {
        this.root = root;
        floor(0, "error", "cuda.driver");
        floor(1, "cuda.ffm", "cuda.javacpp", "cuda.jcuda", "kernels.cuda");
        floor(1, "memory", "format");
        floor(2, "device", "device.support", "device.host");
        floor(3, "device.scalar", "device.cpu", "device.cuda");
        floor(4, "kv", "tokenizer");
        floor(5, "model");
        floor(6, "decode");
        floor(7, "engine");
        floors.put(root, 8);
    }

    private void floor(int floor, String... rooms) {
        for (String room : rooms) {
            floors.put(root + "." + room, floor);
        }
    }

    /** The floor of a package: its own, or that of the nearest package above it, but never that of the root. */
    OptionalInt floorOf(String packageName) {
        String name = packageName;
        while (!floors.containsKey(name) && name.startsWith(root + ".")) {
            name = name.substring(0, name.lastIndexOf('.'));
        }
        boolean unknown = name.equals(root) && !packageName.equals(root);
        return unknown || !floors.containsKey(name) ? OptionalInt.empty() : OptionalInt.of(floors.get(name));
    }

    /** Every package has a floor, and imports from its own or a lower one. */
    ArchRule floorsImportDownwards() {
        return classes().should(new ArchCondition<>("depend on classes of their own floor or a lower one only") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                OptionalInt floor = floorOf(origin.getPackageName());
                if (floor.isEmpty()) {
                    events.add(SimpleConditionEvent.violated(origin, origin.getName() + " is on no floor"));
                    return;
                }
                for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                    OptionalInt target = floorOf(dependency.getTargetClass().getBaseComponentType().getPackageName());
                    if (target.isPresent() && target.getAsInt() > floor.getAsInt()) {
                        events.add(SimpleConditionEvent.violated(dependency, "floor " + floor.getAsInt() + " to "
                                + target.getAsInt() + ": " + dependency.getDescription()));
                    }
                }
            }
        });
    }

    /** Device kinds stand side by side: none knows another, and nothing above names one. */
    ArchRule deviceKindsAreNamedNowhere() {
        return classes().should(new ArchCondition<>("not name a device kind but their own") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                    for (String kind : DEVICE_KINDS) {
                        if (within(dependency.getTargetClass(), kind) && !within(origin, kind)) {
                            events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                        }
                    }
                }
            }
        });
    }

    private boolean within(JavaClass type, String room) {
        String name = type.getBaseComponentType().getPackageName();
        return name.equals(root + "." + room) || name.startsWith(root + "." + room + ".");
    }

    /** The Vector API is used in one package. */
    ArchRule vectorApiStaysInItsRoom() {
        return noClasses().that(not(root + ".device.cpu..")).should()
                .dependOnClassesThat(resideInAnyPackage("jdk.incubator.vector.."));
    }

    /** Native functions are called by one binding, which is another module. */
    ArchRule noNativeCalls() {
        return noClasses().that(not(root + ".cuda.ffm..")).should().dependOnClassesThat()
                .belongToAnyOf(Linker.class, SymbolLookup.class);
    }

    /** The CUDA driver is called in one package, whatever the bridge; bridges and kernels are found as services. */
    ArchRule cudaStaysInItsRoom() {
        return noClasses().that(not(root + ".device.cuda..", root + ".cuda..", root + ".kernels.cuda..")).should()
                .dependOnClassesThat(resideInAnyPackage(root + ".cuda..", root + ".kernels.cuda.."));
    }

    /** Bridges stand side by side: each knows the interface and nothing else of the house. */
    ArchRule bridgesKnowTheInterfaceOnly() {
        return classes().that().resideInAnyPackage(root + ".cuda..").should(new ArchCondition<>("be of its own") {
            @Override
            public void check(JavaClass origin, ConditionEvents events) {
                for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    if (target.getPackageName().startsWith(root + ".") && !within(target, "cuda.driver")
                            && !target.getPackageName().equals(origin.getPackageName())) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        });
    }

    /** Decoding and the loop see logits and token ids, not how anything is stored. */
    ArchRule decodingKnowsNoFormats() {
        return noClasses().that().resideInAnyPackage(root + ".decode..", root + ".engine..").should()
                .dependOnClassesThat().resideInAnyPackage(root + ".format..", root + ".device.host..");
    }

    /** Rooms do not depend on each other in circles. */
    ArchRule noCyclesOfRooms() {
        return slices().matching(root + ".(*)..").should().beFreeOfCycles();
    }

    /** Nor do the packages inside of a room. The package of the room itself is where they meet. */
    ArchRule noCyclesWithinRooms() {
        return slices().matching(root + ".*.(*)..").should().beFreeOfCycles();
    }

    /** What the public API mentions is public API. */
    ArchRule apiShowsNoInternals() {
        List<String> exported = List.of(root, root + ".device", root + ".error", root + ".format", root + ".memory",
                root + ".tokenizer");
        return classes().that().resideInAPackage(root).and().arePublic()
                .should(new ArchCondition<>("mention only exported packages in public methods") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        type.getMethods().stream().filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                                .forEach(method -> mentioned(method)
                                        .filter(name -> name.startsWith(root) && !exported.contains(name))
                                        .forEach(name -> events.add(SimpleConditionEvent.violated(method,
                                                method.getFullName() + " mentions " + name))));
                    }
                });
    }

    private static Stream<String> mentioned(JavaMethod method) {
        return Stream.concat(Stream.of(method.getRawReturnType()),
                method.getRawParameterTypes().stream()).map(type -> type.getBaseComponentType().getPackageName());
    }

    /** A library prints nothing. */
    ArchRule nothingIsPrinted() {
        return noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err")
                .orShould().callMethod(Throwable.class, "printStackTrace");
    }

    private static DescribedPredicate<JavaClass> not(String... packages) {
        return DescribedPredicate.not(resideInAnyPackage(packages));
    }
}
