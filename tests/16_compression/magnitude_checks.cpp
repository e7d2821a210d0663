#include <cmath>
#include <limits>

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

Values run_refusals(const Values& in) {
  const double off = 1e-9 + static_cast<double>(in.get_float("off"));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  std::string said;
  for (const double ratio : {1.0, 1.0 + off, -off, static_cast<double>(nan), 1.0 - off, 0.0}) {
    said += outcome_of([&] { (void)keep_largest(in.get<float>("weights"), ratio); });
  }
  for (const float bad : {nan, inf, -inf, std::numeric_limits<float>::max()}) {
    Floats weights = in.get<float>("weights");
    weights[static_cast<std::size_t>(in.get_int("place")) % weights.size()] = bad;
    said += outcome_of([&] { (void)keep_largest(weights, 0.25); });
  }
  return Values().add("said", said + outcome_of([] { (void)keep_largest({}, 0.0); }));
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

// A mask of another size behind a good one, and whether anything was written before the refusal.
Values run_wrong_mask(const Values& in) {
  const Tensor first(Shape{1, 2}, {1, 2});
  const Tensor second(Shape{1, 3}, {3, std::nanf(""), 5});
  const auto size = static_cast<std::size_t>(in.get_int("size"));
  const std::vector<MaskedWeight> masks{{"first", first, {0, 1}},
                                        {"second", second, Mask(size, 0)}};
  const std::string said = outcome_of([&] { apply_masks(masks); });
  return Values().add("said", said).add("first", values_of(first)).add("second", values_of(second));
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
      {"16.1",
       "refuses",
       "ratios outside [0, 1), NaN among them; no weights, NaN and infinite weights; and the "
       "finest "
       "of what is allowed",
       {},
       4,
       [](Rng& rng) {
         return Values()
             .add("weights", normals(rng, integer(rng, 2, 30), 1.0f))
             .add_int("place", integer(rng, 0, 1000))
             .add_float("off", rng.uniform(0.0f, 1e-4f));
       },
       run_refusals},
      {"16.2",
       "masks of a model",
       "1 to 5 layers of 4 to 60 weights, per layer and global, some layers emptied; masks and the "
       "weights after apply_masks",
       {},
       16,
       draw_layers,
       run_masks},
      {"16.2",
       "masks of another size",
       "0 to 5 places for 3 weights, one of them NaN",
       {},
       6,
       [](Rng& rng) { return Values().add_int("size", integer(rng, 0, 5)); },
       run_wrong_mask},
  };
}

}  // namespace checks16
