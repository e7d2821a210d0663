// The judge's checks of module 16, part by part.
#include "tests/16_compression/checks.h"

namespace checks16 {

Floats draw_with_ties(Rng& rng, std::int64_t count) {
  Floats x(static_cast<std::size_t>(count));
  for (float& value : x) value = 0.25f * static_cast<float>(integer(rng, -8, 8));
  return x;
}

float draw_ratio(Rng& rng) { return rng.uniform(0.0f, 0.95f); }

std::string outcome_of(const std::function<void()>& action) {
  return checks::outcome_of(action) + " ";
}

Floats values_of(const Tensor& tensor) { return {tensor.data().begin(), tensor.data().end()}; }

Values state_of(const tinytorch::nn::Module& model) {
  std::string shapes;
  Floats all;
  for (const auto& [name, tensor] : model.state_dict()) {
    shapes += name + tinytorch::to_string(tensor.shape()) + " ";
    const Floats values = values_of(tensor);
    all.insert(all.end(), values.begin(), values.end());
  }
  return Values().add("shapes", shapes).add("values", all);
}

}  // namespace checks16

std::vector<tito::Check> tito::checks() {
  std::vector<Check> all;
  for (const auto& part : {checks16::magnitude_checks(), checks16::gradual_checks(),
                           checks16::structured_checks(), checks16::sparse_storage_checks(),
                           checks16::low_rank_checks(), checks16::distillation_checks()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
