// The judge's checks of module 15, part by part.
#include "tests/15_quantization/checks.h"

std::vector<tito::Check> tito::checks() {
  std::vector<Check> all;
  for (const auto& part :
       {checks15::affine_checks(), checks15::observers_checks(), checks15::integer_linear_checks(),
        checks15::int8_gemm_checks(), checks15::fake_quant_checks(), checks15::qat_checks(),
        checks15::dialects_checks(), checks15::calibration_checks(), checks15::repair_checks(),
        checks15::adaround_checks(), checks15::integer_conv_checks(),
        checks15::transfer_weights_checks(), checks15::qat_network_checks(),
        checks15::sensitivity_checks(), checks15::fine_tune_checks()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
