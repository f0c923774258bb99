/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.PrintStream;
import java.util.Locale;

/** One line on a terminal that shows how far work has come, and that is gone when the work is done. */
final class Progress implements AutoCloseable {
    private static final int WIDTH = 30;
    private static final long MIN_NANOS = 100_000_000;

    private final PrintStream out;
    private final String title;
    private final boolean shown;
    private long last;
    private int lineLength;

    Progress(PrintStream out, String title, boolean shown) {
        this.out = out;
        this.title = title;
        this.shown = shown;
        this.last = System.nanoTime();
    }

    /**
     * Shows that a part is done.
     *
     * @param done from 0 to total
     * @param total how much there is to do
     * @param what the present item, or empty
     */
    void update(long done, long total, String what) {
        long now = System.nanoTime();
        if (!shown || now - last < MIN_NANOS) {
            return;
        }
        last = now;
        double share = total <= 0 ? 0 : Math.clamp((double) done / total, 0, 1);
        int filled = (int) Math.round(share * WIDTH);
        String line = String.format(Locale.ROOT, "%s [%s%s] %3.0f %% %s", title, "#".repeat(filled),
                ".".repeat(WIDTH - filled), share * 100, what);
        out.print("\r" + line + " ".repeat(Math.max(0, lineLength - line.length())));
        out.flush();
        lineLength = line.length();
    }

    @Override
    public void close() {
        if (lineLength > 0) {
            out.print("\r" + " ".repeat(lineLength) + "\r");
            out.flush();
            lineLength = 0;
        }
    }
}
