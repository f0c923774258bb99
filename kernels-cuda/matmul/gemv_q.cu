/* SPDX-License-Identifier: Apache-2.0 */
// Products of few rows with blocks of 32 weights.
#include "gemv.cuh"

PINYON_GEMV(gemv_q4_0, pinyon::Q4_0Units, 32)
PINYON_GEMV(gemv_q4_1, pinyon::Q4_1Units, 32)
PINYON_GEMV(gemv_q5_0, pinyon::Q5_0Units, 32)
PINYON_GEMV(gemv_q5_1, pinyon::Q5_1Units, 32)
PINYON_GEMV(gemv_q8_0, pinyon::Q8_0Units, 32)
PINYON_GEMV(gemv_iq4_nl, pinyon::IQ4_NLUnits, 32)
PINYON_GEMV(gemv_mxfp4, pinyon::MXFP4Units, 32)
