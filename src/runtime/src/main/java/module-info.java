/** Memory-efficient LLM inference for the JVM. */
module io.pinyon {
    requires static transitive org.jspecify;
    requires static jdk.incubator.vector;
    requires tools.jackson.databind;
    requires jdk.management;

    uses io.pinyon.device.DeviceProvider;

    provides io.pinyon.device.DeviceProvider with
            io.pinyon.device.cpu.CpuDeviceProvider,
            io.pinyon.device.scalar.ScalarDeviceProvider;

    exports io.pinyon.error;
    exports io.pinyon.memory;
    exports io.pinyon.device;
    exports io.pinyon.format;
    exports io.pinyon.tokenizer;
}
