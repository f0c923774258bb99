/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;

/**
 * One safetensors file, mapped into memory.
 *
 * <p>Opening reads and checks the header only. Tensors of F32, F16 and BF16 can be used; a tensor of another type is
 * listed, and refused when it is asked for. A file must not be shortened while it is open. All access is thread-safe.
 *
 * @see <a href="https://github.com/huggingface/safetensors">safetensors specification</a>
 */
public final class SafetensorsFile implements TensorSource {
    private static final Map<String, WeightFormat> FORMATS = Map.of("F32", WeightFormats.F32, "F16", WeightFormats.F16,
            "BF16", WeightFormats.BF16);

    private final MappedFile file;
    private final SafetensorsHeader header;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header) {
        this.file = file;
        this.header = header;
    }

    /**
     * Maps a file and checks its header.
     *
     * @throws ModelFileException {@code PIN-FILE-…} if it cannot be read, {@code PIN-SAFETENSORS-…} if it is malformed
     */
    public static SafetensorsFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            SafetensorsHeader header = SafetensorsHeader.read(file);
            requireSound(file, header);
            return new SafetensorsFile(file, header);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static void requireSound(MappedFile file, SafetensorsHeader header) {
        long available = file.size() - header.dataStart();
        long end = 0;
        for (SafetensorsHeader.Entry entry : header.entries().values().stream()
                .sorted(Comparator.comparingLong(SafetensorsHeader.Entry::begin)).toList()) {
            String span = "tensor " + entry.name() + " at " + entry.begin() + " to " + entry.end();
            if (entry.begin() < 0 || entry.end() < entry.begin()) {
                throw SafetensorsHeader.malformed(file.path(), "PIN-SAFETENSORS-OFFSET", span);
            }
            if (entry.end() > available) {
                throw SafetensorsHeader.malformed(file.path(), "PIN-SAFETENSORS-TRUNCATED", span
                        + ", but only " + available + " bytes of data");
            }
            if (entry.begin() < end) {
                throw SafetensorsHeader.malformed(file.path(), "PIN-SAFETENSORS-OVERLAP", span
                        + ", inside another tensor that ends at " + end);
            }
            end = entry.end();
            requireSize(file.path(), entry);
        }
    }

    private static void requireSize(Path path, SafetensorsHeader.Entry entry) {
        long elements = elements(path, entry);
        WeightFormat format = FORMATS.get(entry.dtype());
        if (format == null) {
            return;
        }
        long bytes = entry.end() - entry.begin();
        if (bytes % format.blockBytes() != 0 || bytes / format.blockBytes() != elements) {
            throw SafetensorsHeader.malformed(path, "PIN-SAFETENSORS-SHAPE", bytes + " bytes for tensor " + entry.name()
                    + " of " + entry.dtype() + " " + entry.shape());
        }
    }

    private static long elements(Path path, SafetensorsHeader.Entry entry) {
        long elements = 1;
        try {
            for (long dimension : entry.shape()) {
                if (dimension < 0) {
                    throw new ArithmeticException("negative");
                }
                elements = Math.multiplyExact(elements, dimension);
            }
            return elements;
        } catch (ArithmeticException e) {
            throw SafetensorsHeader.malformed(path, "PIN-SAFETENSORS-SHAPE", "tensor " + entry.name()
                    + " of the impossible shape " + entry.shape());
        }
    }

    /** The file. */
    public Path path() {
        return file.path();
    }

    /** Bytes of the whole file. */
    public long sizeBytes() {
        return file.size();
    }

    /** Free-form strings that the writer left. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /** Names of all tensors, in the order of the header. */
    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(header.entries().keySet());
    }

    /**
     * The tensor of this name.
     *
     * @throws ModelFileException {@code PIN-SAFETENSORS-DTYPE} if its element type cannot be used
     * @throws UsageException {@code PIN-FORMAT-CLOSED} after {@link #close}
     */
    @Override
    public Optional<TensorData> find(String name) {
        MemorySegment bytes = file.bytes();
        return Optional.ofNullable(header.entries().get(name)).map(entry -> tensor(entry, bytes));
    }

    private TensorData tensor(SafetensorsHeader.Entry entry, MemorySegment bytes) {
        WeightFormat format = FORMATS.get(entry.dtype());
        if (format == null) {
            throw new ModelFileException("PIN-SAFETENSORS-DTYPE", "tensor " + entry.name() + " of " + file.path()
                    + " has element type " + entry.dtype(),
                    "use a checkpoint of one of " + List.of("F32", "F16", "BF16") + ", or a GGUF file");
        }
        return new TensorData(entry.name(), format, entry.shape(),
                bytes.asSlice(header.dataStart() + entry.begin(), entry.end() - entry.begin()));
    }

    @Override
    public void close() {
        file.close();
    }
}
