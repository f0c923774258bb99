/** The CUDA driver over {@code java.lang.foreign}. */
module io.pinyon.cuda.ffm {
    requires static org.jspecify;
    requires io.pinyon.cuda.driver;

    provides io.pinyon.cuda.driver.CudaDriverProvider with
            io.pinyon.cuda.ffm.FfmCudaDriverProvider;
}
