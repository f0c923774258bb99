/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.KvPage;
import io.pinyon.error.EngineException;
import io.pinyon.memory.Tier;

/** A KV page in device memory. */
final class CudaPage implements KvPage {
    private final CudaMemory.Piece piece;
    private byte[] label = {};

    CudaPage(CudaMemory.Piece piece) {
        this.piece = piece;
    }

    /** The page as one of this package; refuses pages of other kinds of devices and closed ones. */
    static CudaPage of(KvPage page) {
        if (page instanceof CudaPage cuda) {
            cuda.piece.ownership().requireOpen("a KV page");
            return cuda;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + page.getClass().getSimpleName() + " was given to a cuda device",
                "allocate pages on the device that uses them");
    }

    /** Device address. */
    long address() {
        return piece.address();
    }

    @Override
    public long bytes() {
        return piece.bytes();
    }

    @Override
    public Tier tier() {
        return Tier.DEVICE;
    }

    @Override
    public void label(byte[] bytes) {
        label = bytes.clone();
    }

    /** What was last said about the page. */
    byte[] label() {
        return label.clone();
    }

    @Override
    public void close() {
        piece.ownership().close();
    }
}
