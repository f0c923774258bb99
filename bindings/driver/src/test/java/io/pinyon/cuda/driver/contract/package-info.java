/**
 * What every bridge to the CUDA driver must do, as tests. A bridge has one subclass of
 * {@link io.pinyon.cuda.driver.contract.CudaDriverContract}; the tests have the tag {@code gpu} and are skipped, with the
 * reason, where the bridge finds no usable driver.
 */
@NullMarked
package io.pinyon.cuda.driver.contract;

import org.jspecify.annotations.NullMarked;
