/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

/** Where bytes lie. */
public enum Tier {
    /** Memory of an accelerator. */
    DEVICE,
    /** Memory of the machine, on or off the Java heap. */
    HOST,
    /** Pages of a file mapped into the address space; the operating system may drop and re-read them. */
    MAPPED,
    /** Bytes in files that must be read explicitly. */
    DISK
}
