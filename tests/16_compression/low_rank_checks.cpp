#include <algorithm>

#include "tests/16_compression/checks.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/compression/low_rank.h"

namespace checks16 {
namespace {

using namespace tinytorch::compression;  // NOLINT: checks speak of nothing else
namespace nn = tinytorch::nn;

Values draw_singular_values(Rng& rng) {
  Floats s = normals(rng, integer(rng, 1, 40), 3.0f);
  for (float& value : s) value = std::max(value, 0.0f);  // half of them zeros
  std::sort(s.rbegin(), s.rend());
  if (integer(rng, 0, 5) == 0) std::reverse(s.begin(), s.end());
  return Values()
      .add("s", s)
      .add_float("energy", integer(rng, 0, 4) == 0 ? 1.0f : rng.uniform(0.01f, 1.1f))
      .add_int("rank", integer(rng, -1, 41))
      .add_int("in", integer(rng, 0, 3'000'000))
      .add_int("out", integer(rng, 0, 40));
}

Values run_ranks(const Values& in) {
  const Floats& s = in.get<float>("s");
  const Values rank = or_error([&] {
    const auto energy = static_cast<double>(in.get_float("energy"));
    return Values().add_int("rank", rank_for_energy(s, energy));
  });
  const Values norm = or_error([&] {
    return Values().add("norm", std::vector<double>{discarded_norm(s, in.get_int("rank"))});
  });
  const Values saving = or_error([&] {
    return Values().add_int("saving", largest_saving_rank(in.get_int("in"), in.get_int("out")));
  });
  Values all;
  for (const Values* part : {&rank, &norm, &saving}) {
    const auto& entry = part->entries().front();
    const std::string name = entry.name + std::to_string(all.entries().size());
    if (entry.name == "thrown") {
      all.add(name, part->get_text("thrown"));
    } else if (entry.name == "norm") {
      all.add(name, part->get<double>("norm"));
    } else {
      all.add_int(name, part->get_int(entry.name));
    }
  }
  return all;
}

Values draw_layer(Rng& rng) {
  return Values()
      .add_int("seed", integer(rng, 0, 1'000'000))
      .add_int("in", integer(rng, 1, 20))
      .add_int("out", integer(rng, 1, 20))
      .add_int("rank", integer(rng, 0, 12))
      .add_int("bias", integer(rng, 0, 1))
      .add("x", normals(rng, 3 * 20, 1.0f));
}

nn::Linear layer_of(const Values& in) {
  Rng rng(static_cast<std::uint64_t>(in.get_int("seed")));
  return {in.get_int("in"), in.get_int("out"), nn::LinearOptions{.bias = in.get_int("bias") == 1},
          rng};
}

// Singular vectors may turn their signs, so only what they make together is compared.
Values run_factorize(const Values& in) {
  const nn::Linear layer = layer_of(in);
  return or_error([&] {
    const auto pair = factorize(layer, in.get_int("rank"));
    const tinytorch::autograd::NoGradGuard no_grad;
    Floats inputs = in.get<float>("x");
    inputs.resize(static_cast<std::size_t>(3 * in.get_int("in")));
    const Tensor y = pair->forward(Tensor(Shape{3, in.get_int("in")}, inputs));
    std::string shapes;
    Floats magnitudes;
    for (const auto& [name, tensor] : pair->state_dict()) {
      shapes += name + tinytorch::to_string(tensor.shape()) + " ";
      for (const float v : tensor.data()) magnitudes.push_back(std::abs(v));
    }
    return Values().add("shapes", shapes).add("magnitudes", magnitudes).add("y", values_of(y));
  });
}

}  // namespace

std::vector<Check> low_rank_checks() {
  return {
      {"16.8",
       "ranks",
       "1 to 40 singular values, half of them 0, some out of order; any sizes",
       {1e-12, 1e-12},
       16,
       draw_singular_values,
       run_ranks},
      {"16.8",
       "factors",
       "layers of up to 20 × 20 with and without bias, ranks 0 to 12",
       {1e-3, 1e-4},
       10,
       draw_layer,
       run_factorize},
  };
}

}  // namespace checks16
