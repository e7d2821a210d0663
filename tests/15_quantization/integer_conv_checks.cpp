#include <algorithm>

#include "tests/15_quantization/checks.h"
#include "tinytorch/quantization/int8/integer_conv.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else
using tinytorch::kernels::ConvSizes;

// Which windows a check draws.
enum class Windows { kOneGroup, kGroups, kPooling };

std::int64_t places_on(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                       std::int64_t padding) {
  return (size + 2 * padding - kernel) / stride + 1;
}

// in, out and groups of a convolution, or of a pooling.
void draw_channels(Values& values, Rng& rng, Windows kind) {
  std::int64_t groups = kind == Windows::kOneGroup ? 1 : integer(rng, 1, 4);
  std::int64_t in = groups * integer(rng, 1, 3);
  std::int64_t out = groups * integer(rng, 1, 3);
  if (kind == Windows::kGroups && integer(rng, 0, 2) == 0) in = out = groups;  // depthwise
  if (kind == Windows::kPooling) groups = out = in;
  values.add_int("in", in).add_int("out", out).add_int("groups", groups);
}

Values draw_windows(Rng& rng, Windows kind) {
  Values values;
  draw_channels(values, rng, kind);
  const std::int64_t kernel_height = integer(rng, 1, 4);
  const std::int64_t kernel_width = integer(rng, 1, 4);
  const std::int64_t most = std::min(kernel_height, kernel_width) - 1;
  const std::int64_t padding = integer(rng, 0, kind == Windows::kPooling ? most : 2);
  const auto side = [&](std::int64_t kernel) {
    const std::int64_t least = std::max<std::int64_t>(kernel - 2 * padding, 1);
    return integer(rng, least, least + 4);
  };
  return values.add_int("batch", integer(rng, 1, 3))
      .add_int("kernel_height", kernel_height)
      .add_int("kernel_width", kernel_width)
      .add_int("padding", padding)
      .add_int("height", side(kernel_height))
      .add_int("width", side(kernel_width))
      .add_int("stride", integer(rng, 1, 3))
      .add_int("zero_point", integer(rng, -128, 127));
}

ConvSizes sizes_of(const Values& in) {
  ConvSizes sizes{.batch = in.get_int("batch"),
                  .in_channels = in.get_int("in"),
                  .in_height = in.get_int("height"),
                  .in_width = in.get_int("width"),
                  .out_channels = in.get_int("out"),
                  .kernel_height = in.get_int("kernel_height"),
                  .kernel_width = in.get_int("kernel_width"),
                  .stride = in.get_int("stride"),
                  .padding = in.get_int("padding"),
                  .groups = in.get_int("groups")};
  sizes.out_height = places_on(sizes.in_height, sizes.kernel_height, sizes.stride, sizes.padding);
  sizes.out_width = places_on(sizes.in_width, sizes.kernel_width, sizes.stride, sizes.padding);
  return sizes;
}

std::size_t result_count(const ConvSizes& sizes, std::int64_t a_place) {
  return static_cast<std::size_t>(sizes.batch * sizes.out_height * sizes.out_width * a_place);
}

// The images to the windows.
Values with_images(Values values, Rng& rng) {
  const ConvSizes sizes = sizes_of(values);
  return values.add("x",
                    codes(rng, sizes.batch * sizes.in_height * sizes.in_width * sizes.in_channels));
}

Values draw_conv(Rng& rng) {
  Values values = with_images(draw_windows(rng, Windows::kGroups), rng);
  const ConvSizes sizes = sizes_of(values);
  Sums bias(static_cast<std::size_t>(sizes.out_channels));
  for (std::int32_t& b : bias) b = static_cast<std::int32_t>(integer(rng, -(1 << 28), 1 << 28));
  return values
      .add("weight", codes(rng, sizes.out_channels * sizes.in_channels / sizes.groups *
                                    sizes.kernel_height * sizes.kernel_width))
      .add("bias", bias);
}

Values run_conv(const Values& in) {
  const ConvSizes sizes = sizes_of(in);
  Sums acc(result_count(sizes, sizes.out_channels));
  conv2d_int32(in.get<std::int8_t>("x"), static_cast<std::int32_t>(in.get_int("zero_point")),
               in.get<std::int8_t>("weight"), in.get<std::int32_t>("bias"), sizes, acc);
  return Values().add("acc", acc);
}

Values run_im2col(const Values& in) {
  const ConvSizes sizes = sizes_of(in);
  Codes rows(result_count(sizes, sizes.kernel_height * sizes.kernel_width * sizes.in_channels));
  im2col_codes(in.get<std::int8_t>("x"), static_cast<std::int32_t>(in.get_int("zero_point")), sizes,
               rows);
  return Values().add("rows", rows);
}

// Scales of which some put 6.0 on a tie, beyond the last code or beyond int32.
Values draw_ranges(Rng& rng) {
  Floats scales;
  Sums zero_points;
  Sums bits;
  for (int i = 0; i < 60; ++i) {
    const float ties[] = {12.0f, 4.0f, 0.75f, 100.0f, 1e-12f};
    scales.push_back(i % 2 == 0 ? rng.uniform(0.01f, 0.3f) : ties[integer(rng, 0, 4)]);
    bits.push_back(static_cast<std::int32_t>(integer(rng, 2, 8)));
    const QRange range = full_range(bits.back());
    zero_points.push_back(static_cast<std::int32_t>(integer(rng, range.qmin, range.qmax)));
  }
  return Values().add("scales", scales).add("zero_points", zero_points).add("bits", bits);
}

Values run_ranges(const Values& in) {
  Sums got;
  const Floats& scales = in.get<float>("scales");
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const QParams output{scales[i], in.get<std::int32_t>("zero_points")[i]};
    const QRange range = full_range(in.get<std::int32_t>("bits")[i]);
    for (const Activation a : {Activation::kNone, Activation::kRelu, Activation::kRelu6}) {
      const QRange result = activation_range(a, output, range);
      got.push_back(result.qmin);
      got.push_back(result.qmax);
    }
  }
  return Values().add("ends", got);
}

Values draw_sum(Rng& rng) {
  const std::int64_t count = integer(rng, 1, 400);
  const bool binary = integer(rng, 0, 1) == 0;  // powers of two make ties
  const auto scale = [&] {
    const float powers[] = {0.0625f, 0.125f, 0.25f, 0.5f};
    return binary ? powers[integer(rng, 0, 3)] : rng.uniform(0.005f, 0.5f);
  };
  return Values()
      .add("a", codes(rng, count))
      .add("b", codes(rng, count))
      .add("scales", Floats{scale(), scale(), scale() * 2.0f})
      .add("zero_points", codes(rng, 3))
      .add_int("relu", integer(rng, 0, 1));
}

Values run_sum(const Values& in) {
  const Codes& a = in.get<std::int8_t>("a");
  const Codes& b = in.get<std::int8_t>("b");
  const Floats& scales = in.get<float>("scales");
  const Codes& zero_points = in.get<std::int8_t>("zero_points");
  const AddGrids grids{.a = {scales[0], zero_points[0]},
                       .b = {scales[1], zero_points[1]},
                       .output = {scales[2], zero_points[2]}};
  const QRange range{in.get_int("relu") == 1 ? zero_points[2] : -128, 127};
  Codes ort(a.size());
  add_codes(a, b, grids, range, ort);
  Codes tflite(a.size());
  add_codes_tflite(a, b, grids, range, tflite);
  return Values().add("ort", ort).add("tflite", tflite);
}

Values run_max_pool(const Values& in) {
  const ConvSizes sizes = sizes_of(in);
  Codes out(result_count(sizes, sizes.out_channels));
  max_pool_codes(in.get<std::int8_t>("x"), sizes, out);
  return Values().add("codes", out);
}

Values run_average_pool(const Values& in) {
  const ConvSizes sizes = sizes_of(in);
  const auto zero_point = static_cast<std::int32_t>(in.get_int("zero_point"));
  Codes ort(result_count(sizes, sizes.out_channels));
  average_pool_codes(in.get<std::int8_t>("x"), zero_point, {-100, 100}, sizes, Dialect::kOrt, ort);
  Codes tflite(ort.size());
  average_pool_codes(in.get<std::int8_t>("x"), zero_point, {-100, 100}, sizes, Dialect::kTflite,
                     tflite);
  return Values().add("ort", ort).add("tflite", tflite);
}

}  // namespace

std::vector<Check> integer_conv_checks() {
  return {
      {"15.36",
       "sums",
       "batches of up to 3, up to 12 channels in up to 4 groups, kernels from 1 x 1 to 4 x 4, "
       "strides to 3, paddings to 2, any zero-point",
       {},
       12,
       draw_conv,
       run_conv},
      {"15.37",
       "windows",
       "one group of up to 3 channels, kernels, strides and paddings as in 15.36",
       {},
       8,
       [](Rng& rng) { return with_images(draw_windows(rng, Windows::kOneGroup), rng); },
       run_im2col},
      {"15.38",
       "ranges",
       "60 scales and zero-points of 2 to 8 bits under each activation; 6.0 on ties and beyond the "
       "codes",
       {},
       6,
       draw_ranges,
       run_ranges},
      {"15.39",
       "residual sums",
       "up to 400 codes, three scales and zero-points, half of the draws on ties, both dialects",
       {},
       12,
       draw_sum,
       run_sum},
      {"15.40",
       "largest",
       "up to 12 channels, windows up to 4 x 4, padding below the kernel",
       {},
       8,
       [](Rng& rng) { return with_images(draw_windows(rng, Windows::kPooling), rng); },
       run_max_pool},
      {"15.40",
       "means",
       "the same windows, any zero-point, codes within [-100, 100], both dialects",
       {},
       8,
       [](Rng& rng) { return with_images(draw_windows(rng, Windows::kPooling), rng); },
       run_average_pool},
  };
}

}  // namespace checks15
