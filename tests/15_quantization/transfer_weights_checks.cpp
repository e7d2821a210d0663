#include <algorithm>

#include "tests/15_quantization/checks.h"
#include "tinytorch/nn/transfer_weights.h"

namespace checks15 {
namespace {

using tinytorch::Shape;
using tinytorch::Tensor;
using tinytorch::nn::NamedTensor;
using tinytorch::nn::transfer_weights;

Values draw_transfer(Rng& rng) {
  return Values()
      .add_int("keys", integer(rng, 2, 8))
      .add_int("seed", integer(rng, 0, 1 << 20))
      // 0: fits; 1: a key missing; 2: a key too many; 3: a shape of the same size
      .add_int("damage", integer(rng, 0, 3));
}

Values run_transfer(const Values& in) {
  Rng rng(static_cast<std::uint64_t>(in.get_int("seed")));
  std::vector<NamedTensor> from;
  std::vector<NamedTensor> to;
  for (std::int64_t i = 0; i < in.get_int("keys"); ++i) {
    const std::string key = "block." + std::to_string(i) + ".weight";
    from.emplace_back(key, Tensor::randn(Shape{2, 3}, rng));
    to.insert(to.begin(), {key, Tensor::zeros(Shape{2, 3})});
  }
  const auto at = static_cast<std::ptrdiff_t>(rng.below(from.size()));
  if (in.get_int("damage") == 1) from.erase(from.begin() + at);
  if (in.get_int("damage") == 2) to.erase(to.begin() + at);
  if (in.get_int("damage") == 3) to[static_cast<std::size_t>(at)].second = Tensor(Shape{3, 2});
  Values result = or_error([&] {
    transfer_weights(from, to);
    return Values().add_int("transferred", 1);
  });
  for (const auto& [key, tensor] : to)
    result.add(key, Floats(tensor.data().begin(), tensor.data().end()));
  return result;
}

}  // namespace

std::vector<Check> transfer_weights_checks() {
  return {
      {"15.43",
       "transfer",
       "up to 8 keys in another order; a missing, an extra, a differently shaped one is refused",
       {},
       12,
       draw_transfer,
       run_transfer}};
}

}  // namespace checks15
