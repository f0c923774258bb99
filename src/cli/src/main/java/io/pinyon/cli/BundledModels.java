/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.pinyon.error.ModelFileException;
import org.jspecify.annotations.Nullable;

/** Finds the model that {@code --model} names: a file, a directory, or a model that comes with Pinyon. */
final class BundledModels {
    /** The model that commands use when none is named. */
    static final String DEFAULT = "harbour-14m";

    /** {@code harbour-14m-q8_0.gguf}: the name, and how its weights are stored. */
    private static final Pattern FILE_NAME = Pattern.compile("(.+?)(-(i?q\\d\\w*|b?f16|f32))?\\.gguf",
            Pattern.CASE_INSENSITIVE);

    private BundledModels() {}

    /**
     * Where a model lies.
     *
     * @throws ModelFileException {@code PIN-MODEL-NOTFOUND} listing the bundled models
     */
    static Path resolve(String model) {
        Map<String, Path> bundled = list();
        try {
            Path path = Path.of(model);
            if (!model.isBlank() && Files.exists(path)) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw notFound(model, bundled, e);
        }
        Path found = bundled.get(model);
        if (found == null) {
            throw notFound(model, bundled, null);
        }
        return found;
    }

    /** The models in the folder {@code models} of Pinyon's home by name. */
    static Map<String, Path> list() {
        var models = new TreeMap<String, Path>();
        Home.find().map(home -> home.resolve("models")).filter(Files::isDirectory).ifPresent(directory -> {
            try (Stream<Path> files = Files.list(directory)) {
                files.sorted().forEach(file -> {
                    Matcher name = FILE_NAME.matcher(file.getFileName().toString());
                    if (name.matches()) {
                        models.putIfAbsent(name.group(1), file);
                    }
                });
            } catch (IOException e) {
                throw new ModelFileException("PIN-FILE-UNREADABLE", "folder " + directory + " cannot be read: " + e,
                        "check its permissions", e);
            }
        });
        return models;
    }

    private static ModelFileException notFound(String model, Map<String, Path> bundled, @Nullable Throwable cause) {
        String names = bundled.isEmpty()
                ? "no models are bundled here"
                : "bundled models are "
                        + String.join(", ", bundled.keySet());
        String problem = "there is no file, directory or bundled model '" + model + "'";
        String remedy = "name a GGUF file or a Hugging Face directory; " + names;
        return cause == null
                ? new ModelFileException("PIN-MODEL-NOTFOUND", problem, remedy)
                : new ModelFileException("PIN-MODEL-NOTFOUND", problem, remedy, cause);
    }
}
