/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaDrivers;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.KernelImages;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceInfo;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.DeviceProvider;
import io.pinyon.device.Workload;
import io.pinyon.error.DeviceException;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Tier;

/** Finds NVIDIA GPUs through whatever bridge to the CUDA driver is usable. */
public final class CudaDeviceProvider implements DeviceProvider {
    private static final int LEAST_MAJOR = 8;
    /** Those of an H100, to plan for where there is no GPU. */
    private static final int USUAL_MULTIPROCESSORS = 132;
    private static final String NO_DRIVER_REMEDY = "install an NVIDIA driver for CUDA 12 or later";

    /** For the service loader. */
    public CudaDeviceProvider() {}

    @Override
    public String kind() {
        return "cuda";
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public List<Availability> probe() {
        CudaDrivers.Choice choice = CudaDrivers.choose(Optional.empty());
        if (choice.driver().isEmpty()) {
            return List.of(new Availability.NotUsable("cuda", String.join("; ", choice.refusals()), NO_DRIVER_REMEDY));
        }
        return probe(choice.driver().get(), images());
    }

    private static List<Availability> probe(CudaDriver driver, List<KernelImages> images) {
        try {
            int count = driver.deviceCount();
            if (count == 0) {
                return List.of(new Availability.NotUsable("cuda", "the driver knows no GPU",
                        "check nvidia-smi and CUDA_VISIBLE_DEVICES"));
            }
            List<Availability> found = new ArrayList<>();
            for (int ordinal = 0; ordinal < count; ordinal++) {
                found.add(probe(driver, ordinal, images));
            }
            return found;
        } catch (CudaException e) {
            return List.of(new Availability.NotUsable("cuda", e.getMessage(), NO_DRIVER_REMEDY));
        }
    }

    private static Availability probe(CudaDriver driver, int ordinal, List<KernelImages> images) {
        GpuFacts facts = GpuFacts.of(driver, ordinal);
        String id = "cuda:" + ordinal;
        if (facts.major() < LEAST_MAJOR) {
            return new Availability.NotUsable(id,
                    facts.name() + " has compute capability " + facts.capability() + ", below " + LEAST_MAJOR + ".0",
                    "use a GPU of the Ampere generation or later, or --device cpu");
        }
        if (images.stream().allMatch(source -> source.names().isEmpty())) {
            return new Availability.NotUsable(id, facts.name() + " is there, but no kernels are installed",
                    "use a build of pinyon-kernels-cuda that was made where nvcc is");
        }
        return new Availability.Usable(info(driver, facts, images));
    }

    private static DeviceInfo info(CudaDriver driver, GpuFacts facts, List<KernelImages> images) {
        int version = driver.driverVersion();
        return new DeviceInfo("cuda:" + facts.ordinal(),
                "%s, compute capability %s, %d multiprocessors, driver for CUDA %d.%d, bridge %s, %s".formatted(
                        facts.name(), facts.capability(), facts.multiprocessors(), version / 1000, version % 1000 / 10,
                        driver.bridge(),
                        images.stream().map(KernelImages::description).collect(Collectors.joining(" and "))),
                facts.memoryBytes());
    }

    private static List<KernelImages> images() {
        return ServiceLoader.load(KernelImages.class, CudaDeviceProvider.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get).toList();
    }

    @Override
    public Device open(int index, DeviceOptions options) {
        CudaDrivers.Choice choice = CudaDrivers.choose(options.cudaBridge());
        CudaDriver driver = choice.driver().orElseThrow(() -> unusable("cuda", String.join("; ", choice.refusals()),
                options.cudaBridge().isPresent() ? "choose another bridge" : NO_DRIVER_REMEDY));
        List<KernelImages> images = images();
        List<Availability> found = probe(driver, images);
        Availability asked = found.get(Math.min(index, found.size() - 1));
        if (asked instanceof Availability.NotUsable refusal) {
            throw unusable(refusal.id(), refusal.reason(), refusal.remedy());
        }
        if (index >= found.size()) {
            throw unusable("cuda:" + index, "there are only " + found.size() + " GPUs", "use cuda:0");
        }
        try {
            var gpu = new Gpu(driver, index, images);
            return new CudaDevice(info(driver, gpu.facts(), images), gpu, options);
        } catch (CudaException e) {
            throw CudaErrors.translate(e);
        }
    }

    @Override
    public Tier tier() {
        return Tier.DEVICE;
    }

    @Override
    public MemoryPlan plan(Workload work, DeviceOptions options) {
        return CudaPlan.of(work, options.compute().orElse(CudaDevice.USUAL_COMPUTE), multiprocessors(),
                options);
    }

    /** Of the first GPU; how many only matters for a few megabytes. */
    private static int multiprocessors() {
        try {
            Optional<CudaDriver> driver = CudaDrivers.choose(Optional.empty()).driver();
            return driver.isPresent() && driver.get().deviceCount() > 0
                    ? GpuFacts.of(driver.get(), 0).multiprocessors()
                    : USUAL_MULTIPROCESSORS;
        } catch (CudaException e) {
            return USUAL_MULTIPROCESSORS;
        }
    }

    private static DeviceException unusable(String id, String reason, String remedy) {
        return new DeviceException("PIN-DEVICE-UNUSABLE", "device " + id + " is not usable: " + reason, remedy);
    }
}
