#include <cmath>
#include <limits>

#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/qat/repair.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else

// Two layers that meet: linear or convolution, the second one depthwise at times, channels of very
// different sizes, some of them empty.
Values draw_pair(Rng& rng) {
  const std::int64_t in = integer(rng, 1, 5);
  const std::int64_t channels = integer(rng, 1, 6);
  const std::int64_t kernel = integer(rng, 0, 1) == 0 ? 1 : integer(rng, 2, 9);
  const bool depthwise = integer(rng, 0, 2) == 0;
  const std::int64_t out = depthwise ? channels : integer(rng, 1, 5);
  Floats first = normals(rng, channels * in, 1.0f);
  for (std::size_t i = 0; i < first.size(); ++i) {
    first[i] *= std::exp2(static_cast<float>(i / static_cast<std::size_t>(in)) * 2.0f - 5.0f);
  }
  if (integer(rng, 0, 3) == 0) {
    for (std::int64_t i = 0; i < in; ++i) first[static_cast<std::size_t>(i)] = 0.0f;
  }
  return Values()
      .add("first", first)
      .add("first bias", normals(rng, channels, 1.0f))
      .add("second", normals(rng, depthwise ? channels * kernel : out * channels * kernel, 1.0f))
      .add("second bias", normals(rng, out, 1.0f))
      .add_int("columns", kernel)
      .add_int("depthwise", depthwise ? 1 : 0);
}

struct Pair {
  Floats first, first_bias, second, second_bias;
  std::int64_t columns = 1;
  bool depthwise = false;

  explicit Pair(const Values& in)
      : first(in.get<float>("first")),
        first_bias(in.get<float>("first bias")),
        second(in.get<float>("second")),
        second_bias(in.get<float>("second bias")),
        columns(in.get_int("columns")),
        depthwise(in.get_int("depthwise") == 1) {}

  LayerView one() { return {first, first_bias}; }
  LayerView two() { return {second, second_bias, columns, depthwise}; }
};

Values run_ranges(const Values& in) {
  Pair pair(in);
  const Floats r1 = output_ranges(pair.one());
  const Floats r2 = input_ranges(pair.two());
  return Values()
      .add("made", r1)
      .add("made by the second", output_ranges(pair.two()))
      .add("read", r2)
      .add("read by the first", input_ranges(pair.one()));
}

Values run_scales(const Values& in) {
  Pair pair(in);
  Floats r1 = pair.first_bias;  // as good as any numbers
  Floats r2 = pair.first_bias;
  for (std::size_t c = 0; c < r1.size(); ++c) {
    r1[c] = c % 4 == 1 ? 0.0f : std::abs(r1[c]) * 1e25f;
    r2[c] = c % 4 == 2 ? 0.0f : 1e20f * static_cast<float>(c + 1);
  }
  return Values().add("scales", equalizing_scales(r1, r2));
}

Values run_equalize(const Values& in) {
  Pair pair(in);
  const bool refuses =
      checks::throws([&] { (void)equalize_pair(pair.one(), pair.two(), Between::kRelu6); });
  const Floats untouched = pair.first;
  const Floats scales = equalize_pair(pair.one(), pair.two(), Between::kRelu);
  return Values()
      .add_int("refuses relu6", refuses ? 1 : 0)
      .add("first before", untouched)
      .add("scales", scales)
      .add("first", pair.first)
      .add("first bias", pair.first_bias)
      .add("second", pair.second)
      .add("second bias", pair.second_bias);
}

Values draw_outputs(Rng& rng) {
  const std::int64_t out = integer(rng, 1, 6);
  const std::int64_t rows = integer(rng, 1, 50);
  Floats quantized = normals(rng, rows * out, 2.0f);
  Floats reference = quantized;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    reference[i] += rng.normal(static_cast<float>(i % static_cast<std::size_t>(out)), 0.1f);
  }
  return Values()
      .add("bias", normals(rng, out, 1.0f))
      .add("reference", reference)
      .add("quantized", quantized)
      .add_int("bad", integer(rng, 0, rows * out - 1));
}

Values run_correct(const Values& in) {
  Floats bias = in.get<float>("bias");
  correct_bias(bias, in.get<float>("reference"), in.get<float>("quantized"));
  return Values().add("bias", bias);
}

Values run_bad_outputs(const Values& in) {
  Floats bias = in.get<float>("bias");
  Floats bad = in.get<float>("reference");
  bad[static_cast<std::size_t>(in.get_int("bad"))] = std::numeric_limits<float>::quiet_NaN();
  const bool nan = checks::throws([&] { correct_bias(bias, bad, in.get<float>("quantized")); });
  return Values().add_int("refuses NaN", nan ? 1 : 0).add("bias", bias);
}

}  // namespace

std::vector<Check> repair_checks() {
  constexpr const char* kPairs =
      "linear layers and convolutions of up to 6 channels between, the second depthwise at times, "
      "channels of sizes 2^-5 to 2^5 or 0";
  return {
      {"15.30", "ranges of layers", kPairs, {}, 12, draw_pair, run_ranges},
      {"15.30",
       "equalizing scales",
       "ranges whose product no float holds, some of them 0",
       {1e-6, 0.0},
       8,
       draw_pair,
       run_scales},
      {"15.31", "equalized pair", kPairs, {1e-6, 1e-7}, 12, draw_pair, run_equalize},
      {"15.32",
       "corrected bias",
       "up to 50 rows of up to 6 channels, each shifted by another amount",
       {1e-5, 1e-6},
       8,
       draw_outputs,
       run_correct},
      {"15.32",
       "bias correction refuses",
       "a NaN among the outputs throws and changes nothing",
       {},
       6,
       draw_outputs,
       run_bad_outputs},
  };
}

}  // namespace checks15
