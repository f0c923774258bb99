/**
 * Ops on the Java Vector API and a team of worker threads; the only package that touches {@code jdk.incubator.vector}.
 *
 * <p>{@link io.pinyon.device.cpu.CpuOps} checks and divides the work, {@link io.pinyon.device.cpu.WorkerTeam} runs the
 * parts, and the kernels compute. Kernels exist once per vector width, see {@link io.pinyon.device.cpu.Specialised}.
 */
@NullMarked
package io.pinyon.device.cpu;

import org.jspecify.annotations.NullMarked;
