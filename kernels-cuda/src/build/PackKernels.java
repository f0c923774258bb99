/* SPDX-License-Identifier: Apache-2.0 */

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Part of the Maven build, run from source: compiles the kernels by CMake and puts them, with a list of them, beside
 * the classes. Where nvcc or CMake is missing the list is empty, and one line says so.
 *
 * <p>Arguments: source folder, build folder, folder of the resources, version, architectures (empty for all),
 * whether to skip.
 */
class PackKernels {
    private static final String INDEX = "kernels.properties";

    private final Path source;
    private final Path build;
    private final Path resources;
    private final String version;
    private final String architectures;

    private PackKernels(String[] args) {
        source = Path.of(args[0]).toAbsolutePath().normalize();
        build = Path.of(args[1]).toAbsolutePath().normalize();
        resources = Path.of(args[2]);
        version = args[3];
        architectures = args[4];
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        PackKernels pack = new PackKernels(args);
        if (Boolean.parseBoolean(args[5])) {
            pack.packNothing("pinyon.cuda.skip is set");
        } else if (find("nvcc").isEmpty()) {
            pack.packNothing("nvcc is not on the path");
        } else if (find("cmake").isEmpty()) {
            pack.packNothing("cmake is not on the path");
        } else {
            pack.compile();
            pack.pack();
        }
    }

    private static Optional<Path> find(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(folder -> Stream.of(program, program + ".exe").map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private void compile() throws IOException, InterruptedException {
        List<String> configure = new ArrayList<>(List.of("cmake", "-S", source.toString(), "-B", build.toString(),
                "-DCMAKE_BUILD_TYPE=Release", "-Wno-dev"));
        configure.add(architectures.isEmpty()
                ? "-UPINYON_CUDA_ARCHITECTURES"
                : "-DPINYON_CUDA_ARCHITECTURES=" + architectures.replace(',', ';'));
        run(configure);
        run(List.of("cmake", "--build", build.toString(), "--parallel",
                Integer.toString(Runtime.getRuntime().availableProcessors())));
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            System.err.println("The CUDA kernels were not built: " + String.join(" ", command) + " ended with " + status
                    + "; -Dpinyon.cuda.skip builds without them");
            System.exit(1);
        }
    }

    private void pack() throws IOException {
        clear();
        Path kernels = build.resolve("kernels-cuda");
        List<String> images = Files.readAllLines(kernels.resolve("images.txt"));
        for (String image : images) {
            Files.copy(kernels.resolve(image + ".fatbin"), resources.resolve(image + ".fatbin"),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        List<String> targets = Files.readAllLines(kernels.resolve("targets.txt"));
        writeIndex(images, targets);
        System.out.println("CUDA kernels: packed " + images + " for " + String.join(", ", targets));
    }

    private void packNothing(String reason) throws IOException {
        clear();
        writeIndex(List.of(), List.of());
        System.out.println("[WARNING] CUDA kernels: none are packed, because " + reason);
    }

    private void clear() throws IOException {
        Files.createDirectories(resources);
        try (Stream<Path> old = Files.list(resources)) {
            for (Path file : old.filter(path -> path.toString().endsWith(".fatbin")).toList()) {
                Files.delete(file);
            }
        }
    }

    private void writeIndex(List<String> images, List<String> targets) throws IOException {
        Files.writeString(resources.resolve(INDEX), """
                version=%s
                targets=%s
                images=%s
                """.formatted(version, String.join(" ", targets), String.join(" ", images)));
    }
}
