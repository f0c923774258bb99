/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.KernelImages;
import io.pinyon.error.DeviceException;

/** Kernels by image and name; an image is loaded when its first kernel is asked for. One thread at a time. */
final class Kernels implements AutoCloseable {
    private record Key(String image, String name) {}

    private final CudaDriver driver;
    private final List<KernelImages> sources;
    private final Map<String, Long> modules = new HashMap<>();
    private final Map<Key, Kernel> kernels = new HashMap<>();

    Kernels(CudaDriver driver, List<KernelImages> sources) {
        this.driver = driver;
        this.sources = List.copyOf(sources);
    }

    /**
     * A kernel.
     *
     * @param image name of its family, for example {@code elementwise}
     * @param name its C name
     * @throws DeviceException {@code PIN-CUDA-KERNELS} if it is not there
     */
    Kernel get(String image, String name) {
        return kernels.computeIfAbsent(new Key(image, name), key -> new Kernel(name, function(image, name)));
    }

    private long function(String image, String name) {
        long module = module(image);
        try {
            return driver.function(module, name);
        } catch (CudaException e) {
            if (e.code() == CudaResult.NOT_FOUND) {
                throw missing("kernel " + name + " of image " + image, e);
            }
            throw e;
        }
    }

    private long module(String image) {
        Long loaded = modules.get(image);
        if (loaded != null) {
            return loaded;
        }
        byte[] bytes = read(image).orElseThrow(() -> missing("image " + image, null));
        try (Arena arena = Arena.ofConfined()) {
            // one zero byte behind it, because PTX is text
            MemorySegment memory = arena.allocate(bytes.length + 1L, 64);
            MemorySegment.copy(bytes, 0, memory, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
            long module = driver.loadModule(memory);
            modules.put(image, module);
            return module;
        }
    }

    private Optional<byte[]> read(String image) {
        for (KernelImages source : sources) {
            try {
                Optional<byte[]> bytes = source.read(image);
                if (bytes.isPresent()) {
                    return bytes;
                }
            } catch (IOException e) {
                throw new DeviceException("PIN-CUDA-KERNELS", "kernel image " + image + " of " + source.description()
                        + " cannot be read: " + e.getMessage(), "check the installation", e);
            }
        }
        return Optional.empty();
    }

    private DeviceException missing(String what, @org.jspecify.annotations.Nullable Throwable cause) {
        String found = sources.isEmpty()
                ? "no kernels are installed"
                : "installed are " + sources.stream().map(KernelImages::description).toList();
        String remedy = "add pinyon-kernels-cuda, built where nvcc is, or use --device cpu";
        return cause == null
                ? new DeviceException("PIN-CUDA-KERNELS", what + " is missing; " + found, remedy)
                : new DeviceException("PIN-CUDA-KERNELS", what + " is missing; " + found, remedy, cause);
    }

    @Override
    public void close() {
        kernels.clear();
        modules.values().forEach(driver::unloadModule);
        modules.clear();
    }
}
