/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/**
 * A fixed team of threads that shares the items of one task after another. The calling thread is member 0.
 *
 * <p>A decode step is some hundred tasks of a few microseconds each, so that waking threads would cost more than they
 * save: members that wait spin for a moment before they park. Members that come late, because the machine has something
 * else to do, are not waited for: a task ends when all its items are done and nobody is inside.
 *
 * <p>{@link #run} may be called by one thread at a time and not from within a task. It allocates nothing.
 */
final class WorkerTeam implements AutoCloseable {
    /** What is done for every item. */
    @FunctionalInterface
    interface Task {
        /**
         * Does it for one item.
         *
         * @param member who does it, in {@code [0, size())}; no two threads have the same at one time
         * @param item which one
         */
        void run(int member, int item);
    }

    private static final int PURE_SPINS = 2_000;
    private static final long SPIN_NANOS = 200_000;

    /** Low half: {@link #OPEN} and the number of members inside; high half: which task. */
    private static final long OPEN = 1L << 31;
    private static final int TASK_SHIFT = 32;

    private final Member[] members;
    private final AtomicLong state = new AtomicLong();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile @Nullable Thread waiting;
    private volatile boolean closed;

    // published by the write of state that opens a task
    private @Nullable Task task;
    private int items;
    private long sequence;

    /**
     * Starts the threads.
     *
     * @param size members, including the caller; at least 1
     * @param name of the threads
     */
    WorkerTeam(int size, String name) {
        members = new Member[size - 1];
        for (int i = 0; i < members.length; i++) {
            members[i] = new Member(i + 1);
            members[i].thread = Thread.ofPlatform().daemon().name(name + "-" + (i + 1)).unstarted(members[i]);
        }
        for (Member member : members) {
            member.thread().start();
        }
    }

    /** Number of members, including the caller. */
    int size() {
        return members.length + 1;
    }

    /**
     * Does the task for every item in {@code [0, count)}, in any order, and returns when all are done.
     *
     * @throws RuntimeException or Error: the first that an item has thrown; the remaining items are skipped
     */
    void run(int count, Task work) {
        if (members.length == 0 || count <= 1) {
            for (int i = 0; i < count; i++) {
                work.run(0, i);
            }
            return;
        }
        task = work;
        items = count;
        next.set(0);
        sequence++;
        state.set((sequence << TASK_SHIFT) | OPEN);
        wakeParked(count - 1);
        workOn(0);
        if (!empty(state.addAndGet(-OPEN))) {
            awaitOthers();
        }
        rethrow();
    }

    private void wakeParked(int most) {
        int woken = 0;
        for (int i = 0; i < members.length && woken < most; i++) {
            if (members[i].parked) {
                LockSupport.unpark(members[i].thread());
                woken++;
            }
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // where threads outnumber processors, spinning must let the others work
    private void awaitOthers() {
        long start = 0;
        for (int spins = 0; !empty(state.get()); spins++) {
            if (spins < PURE_SPINS) {
                Thread.onSpinWait();
            } else if (start == 0) {
                start = System.nanoTime();
            } else if (System.nanoTime() - start < SPIN_NANOS) {
                Thread.yield();
            } else {
                waiting = Thread.currentThread();
                if (!empty(state.get())) {
                    LockSupport.park(this);
                }
                waiting = null;
            }
        }
    }

    private void rethrow() {
        if (failure.get() != null) {
            Throwable thrown = failure.getAndSet(null);
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }
    }

    private void workOn(int member) {
        Task work = task;
        int count = items;
        if (work == null) {
            throw new IllegalStateException("no task");
        }
        try {
            for (int item = next.getAndIncrement(); item < count; item = next.getAndIncrement()) {
                work.run(member, item);
            }
        } catch (RuntimeException | Error e) {
            next.set(count);
            failure.compareAndSet(null, e);
        }
    }

    private static boolean empty(long taskState) {
        return (int) taskState == 0;
    }

    /** Lets the threads end and waits for them; harmless when repeated. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Member member : members) {
            while (member.thread().isAlive()) {
                LockSupport.unpark(member.thread());
                try {
                    member.thread().join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Member implements Runnable {
        private final int index;
        private @Nullable Thread thread;
        private volatile boolean parked;
        private long last;

        Member(int index) {
            this.index = index;
        }

        Thread thread() {
            if (thread == null) {
                throw new IllegalStateException("not started");
            }
            return thread;
        }

        @Override
        public void run() {
            while (awaitTask()) {
                workOn(index);
                long left = state.decrementAndGet();
                Thread caller = waiting;
                if (empty(left) && caller != null) {
                    LockSupport.unpark(caller);
                }
            }
        }

        /** Waits for a task and enters it; false when the team is closed. */
        @SuppressWarnings("ThreadPriorityCheck") // as above
        private boolean awaitTask() {
            long start = 0;
            for (int spins = 0; !closed; spins++) {
                long now = state.get();
                if (isNew(now)) {
                    if (state.compareAndSet(now, now + 1)) {
                        last = now >>> TASK_SHIFT;
                        return true;
                    }
                } else if (spins < PURE_SPINS) {
                    Thread.onSpinWait();
                } else if (start == 0) {
                    start = System.nanoTime();
                } else if (System.nanoTime() - start < SPIN_NANOS) {
                    Thread.yield();
                } else {
                    parked = true;
                    if (!isNew(state.get()) && !closed) {
                        LockSupport.park(WorkerTeam.this);
                    }
                    parked = false;
                    spins = 0;
                    start = 0;
                }
            }
            return false;
        }

        private boolean isNew(long taskState) {
            return (taskState & OPEN) != 0 && taskState >>> TASK_SHIFT != last;
        }
    }
}
