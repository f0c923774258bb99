/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.pinyon.device.KvPageException;
import io.pinyon.device.PageStore;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;

/** Threads that read and write a store: one read at a time would leave a disk of today idle. */
final class StoreThreads implements AutoCloseable {
    private static final int THREADS = 4;

    private final PageStore store;
    private final ExecutorService readers = Executors.newFixedThreadPool(THREADS,
            Thread.ofPlatform().daemon().name("pinyon-kv-read-", 0).factory());
    /** One, so that pages that move together lie behind each other. */
    private final ExecutorService writer = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("pinyon-kv-write").factory());

    StoreThreads(PageStore store) {
        this.store = store;
    }

    PageStore store() {
        return store;
    }

    /** Begins to read a page that lies in a slot; what cannot be read is a {@link KvPageException}. */
    CompletableFuture<Void> get(CudaPage page, int slot, MemorySegment target) {
        return CompletableFuture.runAsync(() -> {
            try {
                store.get(slot, target);
            } catch (EngineException e) {
                throw new KvPageException(page, e);
            }
        }, readers);
    }

    /** Begins to write a page, behind those before. */
    CompletableFuture<Integer> put(CudaPage page, MemorySegment source) {
        byte[] label = page.label();
        return CompletableFuture.supplyAsync(() -> store.put(source, label), writer);
    }

    /** Waits for all of them, also after one has failed, and throws what the first has thrown. */
    static <T> List<T> join(List<CompletableFuture<T>> works) {
        List<T> results = new ArrayList<>();
        List<CompletionException> failures = new ArrayList<>();
        for (CompletableFuture<T> work : works) {
            try {
                results.add(work.join());
            } catch (CompletionException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw cause(failures.getFirst());
        }
        return results;
    }

    /** Waits for all of them, whatever they throw: somebody else has failed already, or nobody wants the results. */
    static void abandon(List<? extends CompletableFuture<?>> works) {
        works.forEach(work -> work.handle((_, _) -> true).join());
    }

    private static RuntimeException cause(CompletionException failure) {
        return switch (failure.getCause()) {
            case KvPageException lost -> lost;
            case MemoryException full -> full;
            case RuntimeException other -> other;
            case Error error -> throw error;
            case null, default -> failure;
        };
    }

    @Override
    public void close() {
        readers.close();
        writer.close();
    }
}
