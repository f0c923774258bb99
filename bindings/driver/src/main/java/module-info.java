/** The calls of the CUDA driver that Pinyon needs, and how bridges to it are found. */
module io.pinyon.cuda.driver {
    requires static transitive org.jspecify;

    uses io.pinyon.cuda.driver.CudaDriverProvider;

    exports io.pinyon.cuda.driver;
}
