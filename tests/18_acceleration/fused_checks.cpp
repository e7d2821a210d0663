#include <cmath>
#include <limits>

#include "tests/18_acceleration/checks.h"
#include "tinytorch/kernels/acceleration/fused.h"

namespace checks18 {
namespace {

using namespace tinytorch::kernels;  // NOLINT: checks speak of nothing else

Values draw_conv(Rng& rng) {
  const std::int64_t groups = integer(rng, 1, 3);
  const std::int64_t in = groups * integer(rng, 1, 2), out = groups * integer(rng, 1, 3);
  const std::int64_t batch = integer(rng, 1, 2), height = integer(rng, 1, 9),
                     width = integer(rng, 1, 11);
  const std::int64_t padding = integer(rng, 0, 2), stride = integer(rng, 1, 3);
  const std::int64_t kh = integer(rng, 1, std::min<std::int64_t>(4, height + 2 * padding));
  const std::int64_t kw = integer(rng, 1, std::min<std::int64_t>(4, width + 2 * padding));
  const bool with_bias = integer(rng, 0, 1) == 1;
  return Values()
      .add("sizes",
           std::vector<std::int64_t>{batch, in, height, width, out, kh, kw, stride, padding, groups,
                                     (height + 2 * padding - kh) / stride + 1,
                                     (width + 2 * padding - kw) / stride + 1})
      .add("x", normals(rng, batch * in * height * width, 1.0f))
      .add("weight", normals(rng, out * (in / groups) * kh * kw, 1.0f))
      .add("bias", normals(rng, with_bias ? out : 0, 1.0f));
}

ConvSizes sizes_of(const Values& in) {
  const auto s = in.get<std::int64_t>("sizes");
  return {s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11]};
}

using Convolve = void (*)(std::span<const float>, std::span<const float>, std::span<const float>,
                          const ConvSizes&, std::span<float>);

Values run_conv(const Values& in, Convolve convolve) {
  const ConvSizes s = sizes_of(in);
  Floats out(static_cast<std::size_t>(s.batch * s.out_channels * s.out_height * s.out_width), 9.0f);
  convolve(in.get<float>("x"), in.get<float>("weight"), in.get<float>("bias"), s, out);
  return Values().add("out", out);
}

Values draw_rows(Rng& rng) {
  const std::int64_t columns = integer(rng, 1, 50);
  return Values()
      .add_int("columns", columns)
      .add_int("causal", integer(rng, 0, 1))
      .add_float("scale", 0.05f + rng.uniform())
      .add("bias", normals(rng, columns, 1.0f))
      .add("x",
           normals(rng, columns * integer(rng, 1, 60), integer(rng, 0, 3) == 0 ? 50.0f : 2.0f));
}

}  // namespace

std::vector<Check> fused_checks() {
  return {
      {"18.7",
       "bias and GELU",
       "up to 60 rows of 1 to 50, some far out",
       {1e-5, 5e-5},
       8,
       draw_rows,
       [](const Values& in) {
         Floats out(in.get<float>("x").size());
         bias_gelu(in.get<float>("x"), in.get<float>("bias"), out);
         return Values().add("out", out);
       }},
      {"18.7",
       "softmax",
       "the same rows, scaled, causal or not, in place",
       {1e-4, 1e-6},
       8,
       draw_rows,
       [](const Values& in) {
         Floats x = in.get<float>("x");
         scaled_softmax(x, in.get_int("columns"), in.get_float("scale"), in.get_int("causal") != 0,
                        x);
         return Values().add("out", x);
       }},
  };
}

std::vector<Check> convolution_checks() {
  return {
      {"18.8",
       "windows",
       "images up to 9 x 11, kernels up to 4, strides, padding, groups",
       {},
       10,
       draw_conv,
       [](const Values& in) {
         PackedFloats packed;
         packed.values.assign(5000, 3.0f);
         pack_windows(in.get<float>("x"), sizes_of(in), packed);
         const std::vector<float> values(packed.values.begin(), packed.values.end());
         return Values().add_int("k", packed.k).add_int("n", packed.n).add("values", values);
       }},
      {"18.8",
       "through panels",
       "the same images; bit for bit",
       {},
       10,
       draw_conv,
       [](const Values& in) { return run_conv(in, conv2d_packed); }},
      {"18.8",
       "directly",
       "the same images; bit for bit",
       {},
       10,
       draw_conv,
       [](const Values& in) { return run_conv(in, conv2d_direct); }},
  };
}

}  // namespace checks18
