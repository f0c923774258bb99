/* SPDX-License-Identifier: Apache-2.0 */
// Products of few rows with blocks of 256 weights that are plain codes.
#include "gemv.cuh"

PINYON_GEMV(gemv_q2_k, pinyon::Q2_KUnits, 256)
PINYON_GEMV(gemv_q3_k, pinyon::Q3_KUnits, 256)
PINYON_GEMV(gemv_q4_k, pinyon::Q4_KUnits, 256)
PINYON_GEMV(gemv_q5_k, pinyon::Q5_KUnits, 256)
PINYON_GEMV(gemv_q6_k, pinyon::Q6_KUnits, 256)
PINYON_GEMV(gemv_iq4_xs, pinyon::IQ4_XSUnits, 256)
