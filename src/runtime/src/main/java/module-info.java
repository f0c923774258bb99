/** Memory-efficient LLM inference for the JVM. */
@SuppressWarnings("module") // the command line is another module, which is not there when this one is compiled
module io.pinyon {
    requires static transitive org.jspecify;
    requires static jdk.incubator.vector;
    requires tools.jackson.databind;
    requires jdk.management;
    requires io.pinyon.cuda.driver;

    uses io.pinyon.cuda.driver.KernelImages;
    uses io.pinyon.device.DeviceProvider;

    provides io.pinyon.device.DeviceProvider with
            io.pinyon.device.cpu.CpuDeviceProvider,
            io.pinyon.device.cuda.CudaDeviceProvider,
            io.pinyon.device.scalar.ScalarDeviceProvider;

    exports io.pinyon;
    exports io.pinyon.device;
    exports io.pinyon.error;
    exports io.pinyon.format;
    exports io.pinyon.memory;
    exports io.pinyon.tokenizer;

    exports io.pinyon.decode to
            io.pinyon.cli;
    exports io.pinyon.kv to
            io.pinyon.cli;
    exports io.pinyon.model to
            io.pinyon.cli;
    exports io.pinyon.model.convert to
            io.pinyon.cli;
}
