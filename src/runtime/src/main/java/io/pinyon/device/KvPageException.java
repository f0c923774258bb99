/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import io.pinyon.error.EngineException;

/** A page outside of memory cannot be read, or is not what was written there. What it held has to be computed again. */
public final class KvPageException extends EngineException {
    private static final long serialVersionUID = 1L;

    private final transient KvPage page;

    /**
     * @param page the lost page; it is to be closed, not read again
     * @param cause what the store said
     */
    public KvPageException(KvPage page, EngineException cause) {
        super(cause.code(), cause.problem(), cause.remedy(), cause);
        this.page = page;
    }

    /** The lost page. */
    public KvPage page() {
        return page;
    }
}
