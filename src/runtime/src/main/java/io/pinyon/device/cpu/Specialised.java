/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;

/**
 * Makes one copy of a kernel class for each vector width.
 *
 * <p>The Vector API is only fast where the compiler sees the vector species as constants. A species that is a parameter
 * is one only after inlining, which the compiler may refuse for reasons of size; a static final field of a class is one
 * always, but then a process has a single width. So kernel classes keep their species in static final fields that are
 * initialised from {@link #bits}, and each width gets its own copy of the class, a hidden class (JEP 371) whose class
 * data is the width. Copies have profiles of their own, too.
 *
 * <p>A kernel class must not refer to itself or to another kernel class by name, except to its own static members.
 */
final class Specialised {
    private Specialised() {}

    /**
     * A new copy of a kernel class.
     *
     * @param contract what callers see of it
     * @param kernels implements the contract, has a constructor without parameters, and is never used itself
     * @param bits vector width
     */
    static <T> T instance(Class<T> contract, Class<? extends T> kernels, int bits) {
        try (InputStream file = kernels.getResourceAsStream(kernels.getSimpleName() + ".class")) {
            if (file == null) {
                throw new IllegalStateException("no class file of " + kernels.getName());
            }
            MethodHandles.Lookup copy = MethodHandles.lookup().defineHiddenClassWithClassData(file.readAllBytes(),
                    bits, true);
            return contract.cast(copy.lookupClass().getDeclaredConstructor().newInstance());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("kernels " + kernels.getName() + " cannot be copied", e);
        }
    }

    /**
     * The width of a copy; called by its static initialiser.
     *
     * @param copy full access to the copy
     */
    static int bits(MethodHandles.Lookup copy) {
        try {
            Integer bits = MethodHandles.classData(copy, ConstantDescs.DEFAULT_NAME, Integer.class);
            if (bits == null) {
                throw new IllegalStateException(copy.lookupClass() + " is a pattern for copies, not for use");
            }
            return bits;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
