/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.jcuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;

/**
 * JCuda's handle objects of one thread. Every call gives them other values, so that calls leave no garbage; none of them
 * owns what it stands for. JCuda has no public way from a number to a handle, hence the access to the field in which it
 * keeps the number.
 */
final class Handles {
    private static final VarHandle NUMBER = numberField();
    private static final ThreadLocal<Handles> OF_THREAD = ThreadLocal.withInitial(Handles::new);

    // CU_LAUNCH_PARAM_BUFFER_POINTER, CU_LAUNCH_PARAM_BUFFER_SIZE and CU_LAUNCH_PARAM_END, with a place behind each of
    // the first two; then the size itself
    private static final long BUFFER_POINTER = 1;
    private static final long BUFFER_SIZE = 2;
    private static final long END = 0;
    private static final int EXTRA_WORDS = 6;

    private final CUcontext context = new CUcontext();
    private final CUmodule module = new CUmodule();
    private final CUfunction function = new CUfunction();
    private final CUstream stream = new CUstream();
    private final CUevent event = new CUevent();
    private final CUevent otherEvent = new CUevent();
    private final CUgraph graph = new CUgraph();
    private final CUgraphExec executable = new CUgraphExec();
    private final CUdeviceptr device = new CUdeviceptr();
    private final CUdeviceptr otherDevice = new CUdeviceptr();
    private final Pointer host = new Pointer();
    private final Pointer extra = new Pointer();
    private final MemorySegment extraWords = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG, EXTRA_WORDS);

    private Handles() {
        word(0, BUFFER_POINTER);
        word(2, BUFFER_SIZE);
        word(3, extraWords.address() + 5 * Long.BYTES);
        word(4, END);
        NUMBER.set(extra, extraWords.address());
    }

    static Handles ofThread() {
        return OF_THREAD.get();
    }

    /** The number of a handle. */
    static long number(NativePointerObject handle) {
        return (long) NUMBER.get(handle);
    }

    CUcontext context(long number) {
        NUMBER.set(context, number);
        return context;
    }

    CUmodule module(long number) {
        NUMBER.set(module, number);
        return module;
    }

    CUfunction function(long number) {
        NUMBER.set(function, number);
        return function;
    }

    CUstream stream(long number) {
        NUMBER.set(stream, number);
        return stream;
    }

    CUevent event(long number) {
        NUMBER.set(event, number);
        return event;
    }

    CUevent otherEvent(long number) {
        NUMBER.set(otherEvent, number);
        return otherEvent;
    }

    CUgraph graph(long number) {
        NUMBER.set(graph, number);
        return graph;
    }

    CUgraphExec executable(long number) {
        NUMBER.set(executable, number);
        return executable;
    }

    CUdeviceptr device(long address) {
        NUMBER.set(device, address);
        return device;
    }

    CUdeviceptr otherDevice(long address) {
        NUMBER.set(otherDevice, address);
        return otherDevice;
    }

    Pointer host(long address) {
        NUMBER.set(host, address);
        return host;
    }

    /** The parameter {@code extra} of a launch, which names a buffer of arguments. */
    Pointer extra(long arguments, long bytes) {
        word(1, arguments);
        word(5, bytes);
        return extra;
    }

    private void word(int index, long value) {
        extraWords.setAtIndex(ValueLayout.JAVA_LONG, index, value);
    }

    private static VarHandle numberField() {
        try {
            return MethodHandles.privateLookupIn(NativePointerObject.class, MethodHandles.lookup())
                    .findVarHandle(NativePointerObject.class, "nativePointer", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
