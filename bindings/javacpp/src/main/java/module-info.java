/** The CUDA driver through the presets of JavaCPP, which the user adds. */
module io.pinyon.cuda.javacpp {
    requires static transitive org.jspecify;
    requires io.pinyon.cuda.driver;
    requires static org.bytedeco.cuda;
    requires static org.bytedeco.javacpp;

    provides io.pinyon.cuda.driver.CudaDriverProvider with
            io.pinyon.cuda.javacpp.JavaCppDriverProvider;
}
