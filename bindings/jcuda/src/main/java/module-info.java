/** The CUDA driver through JCuda, which the user adds. */
module io.pinyon.cuda.jcuda {
    requires static transitive org.jspecify;
    requires io.pinyon.cuda.driver;
    // JCuda has no module descriptor: the name is that of its jar
    requires static jcuda;

    provides io.pinyon.cuda.driver.CudaDriverProvider with
            io.pinyon.cuda.jcuda.JCudaDriverProvider;
}
