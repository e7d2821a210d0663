#include "tests/16_compression/checks.h"
#include "tinytorch/compression/magnitude.h"

namespace checks16 {
namespace {

using namespace tinytorch::compression;  // NOLINT: checks speak of nothing else

Values draw_weights(Rng& rng) {
  const std::int64_t count = integer(rng, 1, 400);
  Values in;
  in.add("weights", integer(rng, 0, 1) == 0 ? draw_with_ties(rng, count) : normals(rng, count, 1));
  return in.add_float("ratio", integer(rng, 0, 3) == 0 ? 0.5f : draw_ratio(rng));
}

Values run_keep(const Values& in) {
  return or_error([&] {
    const auto ratio = static_cast<double>(in.get_float("ratio"));
    return Values().add("mask", keep_largest(in.get<float>("weights"), ratio));
  });
}

std::vector<tinytorch::nn::NamedTensor> layers_of(const Values& in) {
  std::vector<tinytorch::nn::NamedTensor> layers;
  std::size_t at = 0;
  const Floats& all = in.get<float>("weights");
  for (const std::int64_t size : in.get<std::int64_t>("sizes")) {
    const auto end = at + static_cast<std::size_t>(size);
    layers.emplace_back(
        "layer" + std::to_string(layers.size()),
        Tensor(Shape{1, size}, Floats(all.begin() + static_cast<std::ptrdiff_t>(at),
                                      all.begin() + static_cast<std::ptrdiff_t>(end))));
    at = end;
  }
  return layers;
}

Values draw_layers(Rng& rng) {
  Ids sizes(static_cast<std::size_t>(integer(rng, 1, 5)));
  Floats weights;
  for (std::int64_t& size : sizes) {
    size = integer(rng, 4, 60);
    // Layers of unlike size, so that global and per layer differ.
    const Floats drawn = integer(rng, 0, 1) == 0 ? draw_with_ties(rng, size)
                                                 : normals(rng, size, rng.uniform(0.2f, 3.0f));
    weights.insert(weights.end(), drawn.begin(), drawn.end());
  }
  return Values()
      .add("sizes", sizes)
      .add("weights", weights)
      .add_float("ratio", draw_ratio(rng))
      .add_int("global", integer(rng, 0, 1));
}

Values run_masks(const Values& in) {
  const auto layers = layers_of(in);
  return or_error([&] {
    const auto masks = make_masks(layers, static_cast<double>(in.get_float("ratio")),
                                  in.get_int("global") == 1 ? Scope::kGlobal : Scope::kPerLayer);
    apply_masks(masks);
    std::string names;
    Bytes bytes;
    Floats left;
    for (std::size_t i = 0; i < masks.size(); ++i) {
      names += masks[i].name + " ";
      bytes.insert(bytes.end(), masks[i].keep.begin(), masks[i].keep.end());
      const Floats values = values_of(layers[i].second);
      left.insert(left.end(), values.begin(), values.end());
    }
    return Values().add("names", names).add("masks", bytes).add("weights", left);
  });
}

}  // namespace

std::vector<Check> magnitude_checks() {
  return {
      {"16.1",
       "masks",
       "1 to 400 weights, half of the time with many equal magnitudes",
       {},
       16,
       draw_weights,
       run_keep},
      {"16.2",
       "masks of a model",
       "1 to 5 layers of 4 to 60 weights, per layer and global, some layers emptied; masks and the "
       "weights after apply_masks",
       {},
       16,
       draw_layers,
       run_masks},
  };
}

}  // namespace checks16
