/** The CUDA kernels of Pinyon, compiled. */
module io.pinyon.kernels.cuda {
    requires static org.jspecify;
    requires io.pinyon.cuda.driver;

    provides io.pinyon.cuda.driver.KernelImages with
            io.pinyon.kernels.cuda.BundledKernels;
}
