/* SPDX-License-Identifier: Apache-2.0 */
// Products of few rows with codebook and ternary formats.
#include "../common/blocks_iq.cuh"
#include "gemv.cuh"

PINYON_GEMV(gemv_iq1_s, pinyon::DecodedUnits<pinyon::IQ1_S>, 256)
PINYON_GEMV(gemv_iq1_m, pinyon::DecodedUnits<pinyon::IQ1_M>, 256)
PINYON_GEMV(gemv_iq2_xxs, pinyon::DecodedUnits<pinyon::IQ2_XXS>, 256)
PINYON_GEMV(gemv_iq2_xs, pinyon::DecodedUnits<pinyon::IQ2_XS>, 256)
PINYON_GEMV(gemv_iq2_s, pinyon::DecodedUnits<pinyon::IQ2_S>, 256)
PINYON_GEMV(gemv_iq3_xxs, pinyon::DecodedUnits<pinyon::IQ3_XXS>, 256)
PINYON_GEMV(gemv_iq3_s, pinyon::DecodedUnits<pinyon::IQ3_S>, 256)
PINYON_GEMV(gemv_tq1_0, pinyon::DecodedUnits<pinyon::TQ1_0>, 256)
PINYON_GEMV(gemv_tq2_0, pinyon::DecodedUnits<pinyon::TQ2_0>, 256)
