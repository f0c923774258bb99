/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUlaunchConfig;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudart.CUtensorMap;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * JavaCPP's pointer objects of one thread. Every call aims them anew, so that calls leave no garbage; none of them owns
 * what it points to, so that none has to be closed.
 */
final class Pointers {
    private static final ThreadLocal<Pointers> OF_THREAD = ThreadLocal.withInitial(Pointers::new);

    final LaunchMemory launch = new LaunchMemory();
    final Context context = new Context();
    final Module module = new Module();
    final Function function = new Function();
    final Stream stream = new Stream();
    final Event event = new Event();
    final Event otherEvent = new Event();
    final Graph graph = new Graph();
    final Executable executable = new Executable();
    final Memory memory = new Memory();
    final Array extra = new Array();
    final Array none = new Array();
    final Config config = new Config();

    private Pointers() {}

    static Pointers ofThread() {
        return OF_THREAD.get();
    }

    /** Any memory. */
    static final class Memory extends Pointer {
        Memory at(long target) {
            address = target;
            return this;
        }
    }

    /** A context. */
    static final class Context extends CUctx_st {
        Context at(long handle) {
            address = handle;
            return this;
        }
    }

    /** A module. */
    static final class Module extends CUmod_st {
        Module at(long handle) {
            address = handle;
            return this;
        }
    }

    /** A kernel. */
    static final class Function extends CUfunc_st {
        Function at(long handle) {
            address = handle;
            return this;
        }
    }

    /** A stream. */
    static final class Stream extends CUstream_st {
        Stream at(long handle) {
            address = handle;
            return this;
        }
    }

    /** An event. */
    static final class Event extends CUevent_st {
        Event at(long handle) {
            address = handle;
            return this;
        }
    }

    /** A graph. */
    static final class Graph extends CUgraph_st {
        Graph at(long handle) {
            address = handle;
            return this;
        }
    }

    /** An executable graph. */
    static final class Executable extends CUgraphExec_st {
        Executable at(long handle) {
            address = handle;
            return this;
        }
    }

    /** An array of pointers. */
    static final class Array extends PointerPointer<Pointer> {
        Array() {
            super((Pointer) null);
        }

        Array at(long target) {
            address = target;
            return this;
        }
    }

    /** How a kernel is launched. */
    static final class Config extends CUlaunchConfig {
        Config() {
            super((Pointer) null);
        }

        Config at(long target) {
            address = target;
            return this;
        }
    }

    /** A tensor map. */
    static final class TensorMap extends CUtensorMap {
        TensorMap(long target) {
            super((Pointer) null);
            address = target;
        }
    }

    /** An array of addresses. */
    static final class Longs extends LongPointer {
        Longs(long target) {
            super((Pointer) null);
            address = target;
        }
    }

    /** An array of sizes. */
    static final class Sizes extends SizeTPointer {
        Sizes(long target) {
            super((Pointer) null);
            address = target;
        }
    }
}
