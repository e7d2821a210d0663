#include "milestones/support/layer_diagnosis.h"

#include <cstdio>

#include "tinytorch/quantization/study/layer_report.h"

namespace tinytorch::milestones {

void print_layer_diagnosis(const quantization::QatNetwork& net, const Tensor& x) {
  std::printf("\n  What quantizing did to each layer, %lld images:\n%s",
              static_cast<long long>(x.size(0)),
              quantization::layer_table(quantization::report_layers(net, x)).c_str());
}

}  // namespace tinytorch::milestones
