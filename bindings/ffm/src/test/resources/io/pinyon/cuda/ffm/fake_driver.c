/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library with the names of the CUDA driver, for tests of the bridge on machines without a GPU. It writes down how it
 * was called, as C sees it, and answers what it was told to. Define VERSION for another version of the driver, INIT for
 * another result of cuInit, OLD to leave out what came with CUDA 12 and later.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifndef VERSION
#define VERSION 13000
#endif
#ifndef INIT
#define INIT 0
#endif

typedef struct stream *stream_t;
typedef struct function *function_t;
typedef uint64_t address_t;

/* the structures of the driver's public interface, as the reference describes them */
typedef union {
    char pad[64];
    struct {
        unsigned x, y, z;
    } cluster;
    int programmatic;
} attribute_value;

typedef struct {
    int id;
    char pad[8 - sizeof(int)];
    attribute_value value;
} launch_attribute;

typedef struct {
    unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared;
    stream_t stream;
    launch_attribute *attributes;
    unsigned attribute_count;
} launch_config;

typedef struct {
    int type, id;
} location;

typedef struct {
    int order;
    location source, target;
    unsigned flags;
} copy_attributes;

typedef struct {
    int result;
    void *node, *from;
} update_info;

static char written[1 << 16];
static size_t used;
static struct {
    char symbol[64];
    int result;
} scripted[8];
static int script_count;

void fake_reset(void) {
    used = 0;
    written[0] = 0;
    script_count = 0;
}

const char *fake_log(void) { return written; }

void fake_answer(const char *symbol, int result) {
    snprintf(scripted[script_count].symbol, sizeof scripted[0].symbol, "%s", symbol);
    scripted[script_count++].result = result;
}

static void put(const char *format, ...) {
    va_list values;
    va_start(values, format);
    int n = vsnprintf(written + used, sizeof written - used, format, values);
    va_end(values);
    used += n > 0 && used + n < sizeof written ? (size_t)n : 0;
}

static void put_bytes(const unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        put("%02x", bytes[i]);
    }
}

static int answer(const char *symbol) {
    for (int i = 0; i < script_count; i++) {
        if (strcmp(scripted[i].symbol, symbol) == 0) {
            return scripted[i].result;
        }
    }
    return 0;
}

/* the parameters behind a launch's list of extra arguments */
static void put_extra(void **extra) {
    const unsigned char *buffer = NULL;
    size_t size = 0;
    if (!extra) {
        put(" none");
        return;
    }
    for (; extra[0] != (void *)0; extra += 2) {
        if (extra[0] == (void *)1) {
            buffer = extra[1];
        } else if (extra[0] == (void *)2) {
            size = *(size_t *)extra[1];
        } else {
            put(" bad key");
            return;
        }
    }
    put(" ");
    put_bytes(buffer, size);
}

#define CALLED(format, ...) (put("%s" format "\n", __func__ __VA_OPT__(, ) __VA_ARGS__), answer(__func__))
#define P(pointer) ((unsigned long long)(uintptr_t)(pointer))
#define U(value) ((unsigned long long)(value))
#define OUT(pointer, value) (*(pointer) = (value))
#define HANDLE(n) ((void *)(uintptr_t)(n))

int cuInit(unsigned flags) {
    int scripted_result = CALLED(" %u", flags);
    return scripted_result ? scripted_result : INIT;
}
int cuDriverGetVersion(int *version) { OUT(version, VERSION); return CALLED(""); }
int cuGetErrorName(int code, const char **name) {
    const char *known = code == 1 ? "CUDA_ERROR_INVALID_VALUE" : code == 2 ? "CUDA_ERROR_OUT_OF_MEMORY"
        : code == 100 ? "CUDA_ERROR_NO_DEVICE" : code == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : NULL;
    *name = known;
    return known ? 0 : 1;
}
int cuGetErrorString(int code, const char **text) {
    const char *known = code == 1 ? "invalid argument" : code == 2 ? "out of memory"
        : code == 100 ? "no CUDA-capable device is detected" : code == 700 ? "an illegal memory access" : NULL;
    *text = known;
    return known ? 0 : 1;
}

int cuDeviceGetCount(int *count) { OUT(count, 3); return CALLED(""); }
/* handles that are not ordinals, so that a mix-up shows */
int cuDeviceGet(int *device, int ordinal) { OUT(device, 40 + ordinal); return CALLED(" %d", ordinal); }
int cuDeviceGetName(char *name, int bytes, int device) {
    snprintf(name, bytes, "Fake %d", device);
    return CALLED(" %d %d", bytes, device);
}
int cuDeviceTotalMem_v2(size_t *bytes, int device) { OUT(bytes, (size_t)5 << 33); return CALLED(" %d", device); }
int cuDeviceGetAttribute(int *value, int attribute, int device) { OUT(value, -7); return CALLED(" %d %d", attribute, device); }

int cuDevicePrimaryCtxRetain(void **context, int device) { OUT(context, HANDLE(0xc0ffee00c0ffee)); return CALLED(" %d", device); }
int cuDevicePrimaryCtxRelease_v2(int device) { return CALLED(" %d", device); }
int cuDevicePrimaryCtxReset_v2(int device) { return CALLED(" %d", device); }
int cuCtxSetCurrent(void *context) { return CALLED(" %llx", P(context)); }
int cuCtxGetCurrent(void **context) { OUT(context, HANDLE(0x77)); return CALLED(""); }
int cuCtxSynchronize(void) { return CALLED(""); }

int cuModuleLoadData(void **module, const void *image) { OUT(module, HANDLE(0x101)); return CALLED(" %s", (const char *)image); }
int cuModuleUnload(void *module) { return CALLED(" %llx", P(module)); }
int cuModuleGetFunction(void **function, void *module, const char *name) { OUT(function, HANDLE(0x102)); return CALLED(" %llx %s", P(module), name); }
int cuFuncGetAttribute(int *value, int attribute, function_t f) { OUT(value, 1024); return CALLED(" %d %llx", attribute, P(f)); }
int cuFuncSetAttribute(function_t f, int attribute, int value) { return CALLED(" %llx %d %d", P(f), attribute, value); }
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, function_t f, int threads, size_t shared) { OUT(blocks, 8); return CALLED(" %llx %d %llu", P(f), threads, U(shared)); }

int cuMemGetInfo_v2(size_t *available, size_t *total) { OUT(available, (size_t)3 << 33); OUT(total, (size_t)5 << 33); return CALLED(""); }
#ifndef WITHOUT_ALLOCATE
int cuMemAlloc_v2(address_t *address, size_t bytes) { OUT(address, 0x7f0000000000); return CALLED(" %llu", U(bytes)); }
#endif
int cuMemFree_v2(address_t address) { return CALLED(" %llx", U(address)); }
static char host_memory[64];
int cuMemHostAlloc(void **memory, size_t bytes, unsigned flags) { OUT(memory, host_memory); return CALLED(" %llu %u", U(bytes), flags); }
int cuMemFreeHost(void *memory) { return CALLED(" %d", memory == host_memory); }
int cuMemHostRegister_v2(void *memory, size_t bytes, unsigned flags) { return CALLED(" %llx %llu %u", P(memory), U(bytes), flags); }
int cuMemHostUnregister(void *memory) { return CALLED(" %llx", P(memory)); }
int cuMemHostGetDevicePointer_v2(address_t *address, void *memory, unsigned flags) { OUT(address, 0x7f00000000ff); return CALLED(" %d %u", memory == host_memory, flags); }
int cuMemcpyHtoD_v2(address_t target, const void *source, size_t bytes) { return CALLED(" %llx %llx %llu", U(target), P(source), U(bytes)); }
int cuMemcpyDtoH_v2(void *target, address_t source, size_t bytes) { memset(target, 0x5a, bytes); return CALLED(" %llx %llx %llu", P(target), U(source), U(bytes)); }
int cuMemcpyHtoDAsync_v2(address_t target, const void *source, size_t bytes, stream_t s) { return CALLED(" %llx %llx %llu %llx", U(target), P(source), U(bytes), P(s)); }
int cuMemcpyDtoHAsync_v2(void *target, address_t source, size_t bytes, stream_t s) { return CALLED(" %llx %llx %llu %llx", P(target), U(source), U(bytes), P(s)); }
int cuMemcpyDtoDAsync_v2(address_t target, address_t source, size_t bytes, stream_t s) { return CALLED(" %llx %llx %llu %llx", U(target), U(source), U(bytes), P(s)); }
int cuMemsetD8Async(address_t target, unsigned char value, size_t bytes, stream_t s) { return CALLED(" %llx %d %llu %llx", U(target), value, U(bytes), P(s)); }

#ifndef OLD
static void put_batch(address_t *targets, address_t *sources, size_t *sizes, size_t count, copy_attributes *attributes,
                      size_t *firsts, size_t attribute_count) {
    for (size_t i = 0; i < count; i++) {
        put("[%llx %llx %llu]", U(targets[i]), U(sources[i]), U(sizes[i]));
    }
    for (size_t i = 0; i < attribute_count; i++) {
        put("{%llu: %d %d %d %d %d %u}", U(firsts[i]), attributes[i].order, attributes[i].source.type,
            attributes[i].source.id, attributes[i].target.type, attributes[i].target.id, attributes[i].flags);
    }
}
#ifndef INDEXED
int cuMemcpyBatchAsync_v2(address_t *targets, address_t *sources, size_t *sizes, size_t count, copy_attributes *attributes, size_t *firsts, size_t attribute_count, stream_t s) {
    put_batch(targets, sources, sizes, count, attributes, firsts, attribute_count);
    return CALLED(" %llx", P(s));
}
#endif
int cuMemcpyBatchAsync(address_t *targets, address_t *sources, size_t *sizes, size_t count, copy_attributes *attributes, size_t *firsts, size_t attribute_count, size_t *failed, stream_t s) {
    put_batch(targets, sources, sizes, count, attributes, firsts, attribute_count);
    *failed = (size_t)-1;
    return CALLED(" %llx", P(s));
}
int cuEventElapsedTime_v2(float *milliseconds, void *start, void *end) { OUT(milliseconds, 1.25f); return CALLED(" %llx %llx", P(start), P(end)); }
#endif
int cuEventElapsedTime(float *milliseconds, void *start, void *end) { OUT(milliseconds, 1.25f); return CALLED(" %llx %llx", P(start), P(end)); }

int cuStreamCreateWithPriority(stream_t *s, unsigned flags, int priority) { OUT(s, HANDLE(0x201)); return CALLED(" %u %d", flags, priority); }
int cuStreamDestroy_v2(stream_t s) { return CALLED(" %llx", P(s)); }
int cuStreamSynchronize(stream_t s) { return CALLED(" %llx", P(s)); }
int cuStreamQuery(stream_t s) { return CALLED(" %llx", P(s)); }
int cuStreamWaitEvent(stream_t s, void *event, unsigned flags) { return CALLED(" %llx %llx %u", P(s), P(event), flags); }
int cuEventCreate(void **event, unsigned flags) { OUT(event, HANDLE(0x202)); return CALLED(" %u", flags); }
int cuEventDestroy_v2(void *event) { return CALLED(" %llx", P(event)); }
int cuEventRecord(void *event, stream_t s) { return CALLED(" %llx %llx", P(event), P(s)); }
int cuEventSynchronize(void *event) { return CALLED(" %llx", P(event)); }
int cuEventQuery(void *event) { return CALLED(" %llx", P(event)); }

int cuLaunchKernel(function_t f, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared, stream_t s, void **parameters, void **extra) {
    put("%llx (%u %u %u) (%u %u %u) %u %llx %llx", P(f), grid_x, grid_y, grid_z, block_x, block_y, block_z, shared, P(s), P(parameters));
    put_extra(extra);
    return CALLED("");
}
#ifndef OLD
int cuLaunchKernelEx(const launch_config *c, function_t f, void **parameters, void **extra) {
    put("%llx (%u %u %u) (%u %u %u) %u %llx %llx", P(f), c->grid_x, c->grid_y, c->grid_z, c->block_x, c->block_y, c->block_z, c->shared, P(c->stream), P(parameters));
    for (unsigned i = 0; i < c->attribute_count; i++) {
        const launch_attribute *a = &c->attributes[i];
        put(a->id == 4 ? " cluster %u %u %u" : " attribute %d = %d", a->id == 4 ? a->value.cluster.x : (unsigned)a->id,
            a->id == 4 ? a->value.cluster.y : (unsigned)a->value.programmatic, a->value.cluster.z);
    }
    put_extra(extra);
    return CALLED("");
}
int cuTensorMapEncodeTiled(void *map, int type, uint32_t rank, void *address, const uint64_t *dims, const uint64_t *strides, const uint32_t *box, const uint32_t *steps, int interleave, int swizzle, int promotion, int fill) {
    memset(map, 0x3c, 128);
    put("%d %u %llx", type, rank, P(address));
    for (uint32_t i = 0; i < rank; i++) {
        put(" [%llu box %u step %u stride %llu]", U(dims[i]), box[i], steps[i], i + 1 < rank ? U(strides[i]) : 0);
    }
    put(" %d %d %d %d", interleave, swizzle, promotion, fill);
    return CALLED("");
}
#endif

int cuStreamBeginCapture_v2(stream_t s, int mode) { return CALLED(" %llx %d", P(s), mode); }
int cuStreamEndCapture(stream_t s, void **graph) { OUT(graph, HANDLE(0x301)); return CALLED(" %llx", P(s)); }
int cuGraphDestroy(void *graph) { return CALLED(" %llx", P(graph)); }
int cuGraphGetNodes(void *graph, void **nodes, size_t *count) { OUT(count, 9); return CALLED(" %llx %llx", P(graph), P(nodes)); }
int cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags) { OUT(executable, HANDLE(0x302)); return CALLED(" %llx %llu", P(graph), flags); }
int cuGraphExecUpdate_v2(void *executable, void *graph, update_info *info) { info->result = 2; info->node = info->from = NULL; return CALLED(" %llx %llx", P(executable), P(graph)); }
int cuGraphLaunch(void *executable, stream_t s) { return CALLED(" %llx %llx", P(executable), P(s)); }
int cuGraphExecDestroy(void *executable) { return CALLED(" %llx", P(executable)); }
