/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.pinyon.error.ModelFileException;

/**
 * All tensors of a Hugging Face model directory, from one safetensors file or from several shards.
 *
 * <p>Shards are those that {@code model.safetensors.index.json} names; without an index {@code model.safetensors}, or
 * else the complete set {@code …-00001-of-0000N.safetensors}, or else every safetensors file there is.
 */
public final class SafetensorsModel implements TensorSource {
    static final String INDEX = "model.safetensors.index.json";
    private static final String SINGLE = "model.safetensors";
    private static final String SUFFIX = ".safetensors";
    private static final Pattern NUMBERED = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.safetensors");

    private final List<SafetensorsFile> shards;
    private final Map<String, SafetensorsFile> byTensor;

    private SafetensorsModel(List<SafetensorsFile> shards, Map<String, SafetensorsFile> byTensor) {
        this.shards = shards;
        this.byTensor = byTensor;
    }

    /**
     * Opens a model directory, or a single file.
     *
     * @throws ModelFileException {@code PIN-FILE-…} or {@code PIN-SAFETENSORS-…} if a file is missing, malformed or at
     *         odds with the index
     */
    public static SafetensorsModel open(Path directoryOrFile) {
        if (!Files.isDirectory(directoryOrFile)) {
            return ofShards(List.of(directoryOrFile));
        }
        Path index = directoryOrFile.resolve(INDEX);
        return Files.exists(index) ? ofIndex(directoryOrFile, index) : ofShards(scan(directoryOrFile));
    }

    private static SafetensorsModel ofShards(List<Path> paths) {
        return opening(paths, shards -> {
            Map<String, SafetensorsFile> byTensor = new LinkedHashMap<>();
            for (SafetensorsFile shard : shards.values()) {
                for (String name : shard.names()) {
                    SafetensorsFile other = byTensor.put(name, shard);
                    if (other != null) {
                        throw SafetensorsHeader.malformed(shard.path(), "PIN-SAFETENSORS-DUPLICATE", "tensor " + name
                                + ", which " + other.path() + " has as well");
                    }
                }
            }
            return byTensor;
        });
    }

    private static SafetensorsModel ofIndex(Path directory, Path index) {
        Map<String, String> shardByTensor = SafetensorsIndex.read(index);
        List<Path> paths = shardByTensor.values().stream().distinct().map(directory::resolve).toList();
        requireDistinct(index, paths);
        return opening(paths, shards -> {
            Map<String, SafetensorsFile> byTensor = new LinkedHashMap<>();
            shardByTensor.forEach((tensor, name) -> {
                SafetensorsFile shard = shards.get(directory.resolve(name));
                if (shard == null || !shard.names().contains(tensor)) {
                    throw SafetensorsHeader.malformed(index, "PIN-SAFETENSORS-INDEX", "tensor " + tensor + " in "
                            + name + ", which has no such tensor");
                }
                byTensor.put(tensor, shard);
            });
            return byTensor;
        });
    }

    private interface Directory {
        Map<String, SafetensorsFile> of(Map<Path, SafetensorsFile> shards);
    }

    /** Opens every shard, or none if anything is wrong. */
    private static SafetensorsModel opening(List<Path> paths, Directory directory) {
        Map<Path, SafetensorsFile> shards = new LinkedHashMap<>();
        try {
            for (Path path : paths) {
                shards.put(path, SafetensorsFile.open(path));
            }
            return new SafetensorsModel(List.copyOf(shards.values()), directory.of(shards));
        } catch (RuntimeException | Error e) {
            shards.values().forEach(SafetensorsFile::close);
            throw e;
        }
    }

    /** Two names of one file, by way of a link, would count its tensors twice. */
    private static void requireDistinct(Path index, List<Path> paths) {
        Map<Path, Path> names = new LinkedHashMap<>();
        for (Path path : paths) {
            try {
                Path other = names.put(path.toRealPath(), path);
                if (other != null) {
                    throw SafetensorsHeader.malformed(index, "PIN-SAFETENSORS-INDEX", "shards " + other.getFileName()
                            + " and " + path.getFileName() + ", which are the same file");
                }
            } catch (IOException e) {
                throw new ModelFileException("PIN-SAFETENSORS-SHARD", "shard " + path + " of the index cannot be read: "
                        + e.getMessage(), "fetch all files of the model", e);
            }
        }
    }

    private static List<Path> scan(Path directory) {
        List<Path> files = list(directory);
        if (files.isEmpty()) {
            throw new ModelFileException("PIN-SAFETENSORS-NONE", directory + " has no " + SUFFIX + " file",
                    "fetch the weights of the model");
        }
        Path single = directory.resolve(SINGLE);
        if (files.contains(single)) {
            return List.of(single);
        }
        List<Path> numbered = files.stream().filter(file -> NUMBERED.matcher(fileName(file)).matches()).toList();
        if (numbered.isEmpty()) {
            return files;
        }
        requireComplete(directory, numbered);
        return numbered;
    }

    private static void requireComplete(Path directory, List<Path> numbered) {
        for (Path file : numbered) {
            Matcher name = NUMBERED.matcher(fileName(file));
            if (name.matches()) {
                int count = Integer.parseInt(name.group(3));
                for (int i = 1; i <= count; i++) {
                    Path shard = directory
                            .resolve("%s-%05d-of-%s%s".formatted(name.group(1), i, name.group(3), SUFFIX));
                    if (!numbered.contains(shard)) {
                        throw new ModelFileException("PIN-SAFETENSORS-SHARD", "shard " + shard + " is missing",
                                "fetch all files of the model");
                    }
                }
            }
        }
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return new ArrayList<>(entries.filter(file -> fileName(file).endsWith(SUFFIX)).sorted().toList());
        } catch (IOException e) {
            throw new ModelFileException("PIN-FILE-UNREADABLE", directory + " cannot be read: " + e.getMessage(),
                    "check its permissions", e);
        }
    }

    private static String fileName(Path file) {
        return String.valueOf(file.getFileName());
    }

    /** The files that hold the tensors. */
    public List<SafetensorsFile> shards() {
        return shards;
    }

    /** Names of all tensors. */
    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(byTensor.keySet());
    }

    /**
     * The tensor of this name, from whichever shard holds it.
     *
     * @throws ModelFileException {@code PIN-SAFETENSORS-DTYPE} if its element type cannot be used
     */
    @Override
    public Optional<TensorData> find(String name) {
        return Optional.ofNullable(byTensor.get(name)).flatMap(shard -> shard.find(name));
    }

    @Override
    public void close() {
        shards.forEach(SafetensorsFile::close);
    }
}
