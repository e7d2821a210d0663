#include "tinytorch/quantization/int8/code_joins.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/core/shape.h"
#include "tinytorch/quantization/int8/image_sizes.h"

namespace tinytorch::quantization {
namespace {

std::string show(const CodeExtent& extent) {
  return to_string(Shape{extent.channels, extent.height, extent.width});
}

void require_qparamss(const char* operation, const AddGrids& grids, QRange range) {
  for (const QParams grid : {grids.a, grids.b, grids.output}) require_qparams(operation, grid);
  require_codes(operation, range);
}

// How far apart the codes of one operand lie along each axis of the result; 0 where one is used
// again.
struct Steps {
  std::int64_t sample, row, pixel, channel;

  explicit Steps(const CodeExtent& e)
      : sample(e.codes()),
        row(e.height == 1 ? 0 : e.width * e.channels),
        pixel(e.width == 1 ? 0 : e.channels),
        channel(e.channels == 1 ? 0 : 1) {}
};

// Calls run(a, b, out, count) for stretches of the result in which both operands either move code
// by code or stand still.
template <typename Run>
void each_pixel(const std::int8_t* a, const Steps& sa, const std::int8_t* b, const Steps& sb,
                const CodeExtent& extent, std::int64_t batch, std::int8_t* out, Run run) {
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t y = 0; y < extent.height; ++y) {
      for (std::int64_t x = 0; x < extent.width; ++x, out += extent.channels) {
        run(a + n * sa.sample + y * sa.row + x * sa.pixel,
            b + n * sb.sample + y * sb.row + x * sb.pixel, out, extent.channels);
      }
    }
  }
}

// One operand's real numbers, and the codes of the products, in dialect ort.
struct OrtProduct {
  AddGrids grids;
  float low;
  float high;

  OrtProduct(const AddGrids& of, QRange range)
      : grids(of),
        low(static_cast<float>(range.qmin - of.output.zero_point)),
        high(static_cast<float>(range.qmax - of.output.zero_point)) {}

  std::int8_t code(float a, float b) const {
    const float steps = std::nearbyint(a * b / grids.output.scale);
    const float kept = steps > high ? high : (steps > low ? steps : low);
    return static_cast<std::int8_t>(static_cast<std::int32_t>(kept) + grids.output.zero_point);
  }
  float real_a(std::int8_t code) const {
    return static_cast<float>(code - grids.a.zero_point) * grids.a.scale;
  }
  float real_b(std::int8_t code) const {
    return static_cast<float>(code - grids.b.zero_point) * grids.b.scale;
  }
};

// A stretch of products; an operand that stands still has step 0.
struct OrtStretch {
  OrtProduct product;
  std::int64_t step_a;
  std::int64_t step_b;

  void operator()(const std::int8_t* a, const std::int8_t* b, std::int8_t* out,
                  std::int64_t count) const {
    if (step_a == 1 && step_b == 1) {  // without the steps, for the compiler to vectorise
      for (std::int64_t i = 0; i < count; ++i) {
        out[i] = product.code(product.real_a(a[i]), product.real_b(b[i]));
      }
      return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
      out[i] = product.code(product.real_a(a[i * step_a]), product.real_b(b[i * step_b]));
    }
  }
};

struct TfliteStretch {
  const AddGrids& grids;
  const FixedPoint& multiplier;
  QRange range;
  std::int64_t step_a;
  std::int64_t step_b;

  void operator()(const std::int8_t* a, const std::int8_t* b, std::int8_t* out,
                  std::int64_t count) const {
    std::vector<std::int32_t> products(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      products[static_cast<std::size_t>(i)] =
          (a[i * step_a] - grids.a.zero_point) * (b[i * step_b] - grids.b.zero_point);
    }
    requantize_tflite(products, std::span(&multiplier, 1), grids.output.zero_point, range,
                      std::span(out, products.size()));
  }
};

}  // namespace

CodeExtent broadcast_extent(const CodeExtent& a, const CodeExtent& b) {
  const auto both = [&](std::int64_t of_a, std::int64_t of_b) {
    if (of_a != of_b && of_a != 1 && of_b != 1) {
      throw Error(concat("multiplies ", show(a), " and ", show(b), ": sizes ", of_a, " and ", of_b,
                         " differ, and neither is 1"));
    }
    return std::max(of_a, of_b);
  };
  return {both(a.height, b.height), both(a.width, b.width), both(a.channels, b.channels)};
}

QuantizedMultiply::QuantizedMultiply(const AddGrids& grids, QRange range, Dialect dialect)
    : grids_(grids), range_(range), dialect_(dialect) {
  require_qparamss("QuantizedMultiply", grids, range);
  if (dialect == Dialect::kOrt) return;
  multiplier_ = quantize_multiplier(double{grids.a.scale} * double{grids.b.scale} /
                                    double{grids.output.scale});
}

void QuantizedMultiply::forward(std::span<const std::int8_t> a, const CodeExtent& a_extent,
                                std::span<const std::int8_t> b, const CodeExtent& b_extent,
                                std::int64_t batch, std::span<std::int8_t> out) const {
  const CodeExtent extent = broadcast_extent(a_extent, b_extent);
  require_count("QuantizedMultiply", "the first operand", a.size(), batch * a_extent.codes());
  require_count("QuantizedMultiply", "the second operand", b.size(), batch * b_extent.codes());
  require_count("QuantizedMultiply", "the result", out.size(), batch * extent.codes());
  // Where nothing is broadcast, the whole batch is one pixel.
  const CodeExtent row{1, 1, batch * extent.codes()};
  const bool plain = a_extent == b_extent;
  const Steps of_a(plain ? row : a_extent);
  const Steps of_b(plain ? row : b_extent);
  const CodeExtent& result = plain ? row : extent;
  const auto run = [&](const auto& stretch) {
    each_pixel(a.data(), of_a, b.data(), of_b, result, plain ? 1 : batch, out.data(), stretch);
  };
  if (dialect_ == Dialect::kOrt) {
    run(OrtStretch{OrtProduct(grids_, range_), of_a.channel, of_b.channel});
  } else {
    run(TfliteStretch{grids_, multiplier_, range_, of_a.channel, of_b.channel});
  }
}

QuantizedMaximum::QuantizedMaximum(const AddGrids& grids, QRange range)
    : grids_((require_qparamss("QuantizedMaximum", grids, range), grids)),
      of_a_(requantization_table(grids.a, grids.output, range)),
      of_b_(requantization_table(grids.b, grids.output, range)) {}

void QuantizedMaximum::forward(std::span<const std::int8_t> a, std::span<const std::int8_t> b,
                               std::span<std::int8_t> out) const {
  const auto count = static_cast<std::int64_t>(a.size());
  require_count("QuantizedMaximum", "the second operand", b.size(), count);
  require_count("QuantizedMaximum", "the result", out.size(), count);
  for (std::size_t i = 0; i < a.size(); ++i) out[i] = std::max(of_a_[a[i]], of_b_[b[i]]);
}

QuantizedConcat::QuantizedConcat(std::vector<QParams> inputs, QParams output, ConcatAxis axis,
                                 QRange range)
    : inputs_(std::move(inputs)), output_(output), axis_(axis) {
  if (inputs_.empty()) throw Error("QuantizedConcat: no inputs");
  for (const QParams input : inputs_) {
    tables_.push_back(requantization_table(input, output, range));
  }
}

CodeExtent QuantizedConcat::result(std::span<const CodeExtent> parts) const {
  const auto along = [&](CodeExtent& extent) -> std::int64_t& {
    if (axis_ == ConcatAxis::kChannels) return extent.channels;
    return axis_ == ConcatAxis::kHeight ? extent.height : extent.width;
  };
  if (parts.size() != inputs_.size()) {
    throw Error(
        concat("puts ", inputs_.size(), " values behind each other; it is given ", parts.size()));
  }
  CodeExtent whole = parts.front();
  std::int64_t total = along(whole);
  for (CodeExtent part : parts.subspan(1)) {
    total += along(part);
    along(part) = along(whole);
    if (!(part == whole)) {
      throw Error(concat("puts ", show(parts.front()), " and ", show(part),
                         " behind each other along dimension ", static_cast<int>(axis_),
                         "; the other sizes must be equal"));
    }
  }
  along(whole) = total;
  return whole;
}

void QuantizedConcat::forward(std::span<const std::span<const std::int8_t>> parts,
                              std::span<const CodeExtent> extents, std::int64_t batch,
                              std::span<std::int8_t> out) const {
  const CodeExtent whole = result(extents);
  require_count("QuantizedConcat", "the result", out.size(), batch * whole.codes());
  // A block is what lies together of one part: a pixel's channels, a row's pixels, or an image.
  std::int64_t blocks = batch;
  if (axis_ != ConcatAxis::kHeight) blocks *= whole.height;
  if (axis_ == ConcatAxis::kChannels) blocks *= whole.width;
  const auto stride = static_cast<std::size_t>(batch * whole.codes() / blocks);
  std::size_t begin = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    require_count("QuantizedConcat", "an input", parts[p].size(), batch * extents[p].codes());
    const std::size_t size = parts[p].size() / static_cast<std::size_t>(blocks);
    for (std::size_t block = 0; block < static_cast<std::size_t>(blocks); ++block) {
      const auto from = parts[p].subspan(block * size, size);
      const auto to = out.subspan(block * stride + begin, size);
      if (tables_[p].is_identity()) {
        std::copy(from.begin(), from.end(), to.begin());
      } else {
        tables_[p].forward(from, to);
      }
    }
    begin += size;
  }
}

}  // namespace tinytorch::quantization
