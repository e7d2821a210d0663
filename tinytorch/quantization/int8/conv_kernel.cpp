#include "tinytorch/quantization/int8/conv_kernel.h"

#include <algorithm>

#include "tinytorch/quantization/int8/detail/int8_gemm_kernels.h"
#include "tinytorch/quantization/int8/detail/padded_image.h"

namespace tinytorch::quantization {
namespace {

using kernels::ConvGeometry;

constexpr std::int64_t kBlockBytes = 32 * 1024;  // of rows that are multiplied at a time
constexpr std::int64_t kRowsOfATile = 12;

// Memory that grows and stays, so that a call allocates nothing.
struct Scratch {
  PaddedImage image;
  std::vector<std::uint8_t> rows;  // windows, or the quads of a line
  std::vector<std::int32_t> sums;
  std::vector<std::int32_t> lanes;
};

Scratch& scratch() {
  thread_local Scratch kept;
  return kept;
}

// From the first line of the cache on: vectors that lie across two lines cost twice.
template <typename T>
T* at_least(std::vector<T>& kept, std::int64_t size) {
  constexpr std::size_t kLine = 64;
  const std::size_t needed = static_cast<std::size_t>(size) + kLine / sizeof(T);
  if (kept.size() < needed) kept.resize(needed);
  const auto past = reinterpret_cast<std::uintptr_t>(kept.data()) % kLine;
  return kept.data() + (past == 0 ? 0 : (kLine - past) / sizeof(T));
}

template <typename T>
std::span<T> span_of(T* from, std::int64_t count) {
  return {from, static_cast<std::size_t>(count)};
}

// Σ (x + 128) · w is 128 · Σ w more than Σ x · w. Unsigned, for the difference may wrap around; the
// sums wrap back.
std::vector<std::int32_t> u8_bias_of(std::span<const std::int32_t> bias,
                                     std::span<const std::int8_t> weight) {
  std::vector<std::int32_t> result(bias.begin(), bias.end());
  const std::size_t in = weight.size() / bias.size();
  for (std::size_t o = 0; o < bias.size(); ++o) {
    std::int32_t sum = 0;
    for (const std::int8_t w : weight.subspan(o * in, in)) sum += w;
    result[o] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bias[o]) -
                                          128u * static_cast<std::uint32_t>(sum));
  }
  return result;
}

std::uint8_t flip_of(Isa isa) { return isa == Isa::kAvx512Vnni ? 0x80 : 0; }

// As many rows of `bytes` each as a block holds, in whole tiles.
std::int64_t block_of(std::int64_t bytes) {
  return std::max<std::int64_t>(kBlockBytes / bytes / kRowsOfATile, 1) * kRowsOfATile;
}

std::int64_t places_of(const ConvCall& call) {
  return call.sizes.out_height * call.sizes.out_width;
}

bool is_fused(const ConvCall& call) {
  return call.acc == nullptr && call.stage->dialect() == Dialect::kOrt &&
         call.isa == Isa::kAvx512Vnni;
}

// Where the sums of the places from `first` on are made.
std::int32_t* sums_at(const ConvCall& call, std::int64_t first, std::int64_t places) {
  const std::int64_t out = call.sizes.out_channels;
  return call.acc != nullptr ? call.acc + first * out : at_least(scratch().sums, places * out);
}

// And what becomes of them.
void deliver(const ConvCall& call, std::int64_t first, std::int64_t places,
             const std::int32_t* sums) {
  if (call.acc != nullptr) return;
  const std::int64_t count = places * call.sizes.out_channels;
  call.stage->requantize(span_of(sums, count),
                         span_of(call.codes + first * call.sizes.out_channels, count), call.isa);
}

}  // namespace

ConvKernel::ConvKernel(const ConvGeometry& sizes, std::span<const std::int8_t> weight,
                       std::span<const std::int32_t> folded_bias, std::int32_t input_zero_point)
    : input_zero_point_(input_zero_point) {
  const std::int64_t out = sizes.out_channels;
  const auto window = static_cast<std::int64_t>(weight.size()) / out;
  if (sizes.groups > 1 && sizes.groups == out && sizes.groups == sizes.in_channels) {
    depthwise_ = pack_depthwise(weight, out, sizes.kernel);
    const auto lanes = static_cast<std::size_t>(depthwise_.channels);
    depthwise_bias_.bias.assign(folded_bias.begin(), folded_bias.end());
    depthwise_bias_.bias.resize(lanes);
    depthwise_bias_.u8_bias = u8_bias_of(folded_bias, weight);
    depthwise_bias_.u8_bias.resize(lanes);
    return;
  }
  pointwise_ =
      sizes.groups == 1 && window == sizes.in_channels && sizes.stride == 1 && sizes.padding == 0;
  const std::int64_t padded = pointwise_ ? window : (window + kGroup - 1) / kGroup * kGroup;
  const auto outputs = static_cast<std::size_t>(out / sizes.groups);
  for (std::size_t first = 0; first < folded_bias.size(); first += outputs) {
    std::vector<std::int8_t> rows(outputs * static_cast<std::size_t>(padded));
    const auto codes = weight.subspan(first * static_cast<std::size_t>(window),
                                      outputs * static_cast<std::size_t>(window));
    for (std::size_t o = 0; o < outputs; ++o) {
      std::copy_n(codes.begin() + static_cast<std::int64_t>(o) * window, window,
                  rows.begin() + static_cast<std::int64_t>(o) * padded);
    }
    const auto bias = folded_bias.subspan(first, outputs);
    groups_.push_back({pack_weights(rows, static_cast<std::int64_t>(outputs), padded),
                       {bias.begin(), bias.end()},
                       u8_bias_of(bias, codes)});
  }
}

void ConvKernel::run(const ConvCall& call) const {
  if (groups_.empty()) {  // no matrix product
    ConvCall beside = call;
    beside.isa = isa_for_elementwise(call.isa);
    return run_depthwise(beside);
  }
  pointwise_ ? run_pointwise(call) : run_windows(call);
}

void ConvKernel::run_pointwise(const ConvCall& call) const {
  const std::int64_t in = call.sizes.in_channels;
  const std::int64_t out = call.sizes.out_channels;
  const std::int64_t block = block_of(in);
  const Group& group = groups_.front();
  for (std::int64_t first = 0; first < places_of(call); first += block) {
    const std::int64_t places = std::min(block, places_of(call) - first);
    const auto x = span_of(call.x + first * in, places * in);
    if (is_fused(call)) {
      int8_gemm_requantized(x, group.weight, group.bias, call.stage->fused(),
                            span_of(call.codes + first * out, places * out), call.isa);
      continue;
    }
    std::int32_t* sums = sums_at(call, first, places);
    int8_gemm(x, group.weight, group.bias, span_of(sums, places * out), call.isa);
    deliver(call, first, places, sums);
  }
}

namespace {

// The windows of the places from `first` on, one group's channels of them, as rows of `bytes`.
std::uint8_t* gather(const ConvCall& call, std::int64_t channel, std::int64_t first,
                     std::int64_t places, std::int64_t bytes) {
  const ConvGeometry& s = call.sizes;
  const PaddedImage& image = scratch().image;
  const std::int64_t in = s.in_channels / s.groups;
  // Then a line of the window is one piece.
  const bool together = s.groups == 1 && s.dilation.width == 1;
  const WindowShape shape{.lines = s.kernel.height,
                          .line = image.line() * s.dilation.height,
                          .pieces = together ? 1 : s.kernel.width,
                          .piece = image.channels * s.dilation.width,
                          .length = together ? s.kernel.width * in : in};
  std::uint8_t* rows = at_least(scratch().rows, places * bytes + kSlack);
  std::int64_t i = first / s.out_width;
  std::int64_t j = first % s.out_width;
  for (std::int64_t p = 0; p < places; ++i, j = 0) {  // line by line
    const std::int64_t count = std::min(s.out_width - j, places - p);
    const std::int64_t corner =
        (i * s.stride.height * image.width + j * s.stride.width) * image.channels;
    copy_windows(image.bytes.data() + corner + channel, shape,
                 {count, s.stride.width * image.channels, bytes}, rows + p * bytes);
    p += count;
  }
  return rows;
}

const std::int8_t* as_signed(const std::uint8_t* bytes) {
  return reinterpret_cast<const std::int8_t*>(bytes);
}

}  // namespace

void ConvKernel::window_sums(const ConvCall& call, std::int64_t first, std::int64_t places,
                             std::int32_t* sums) const {
  const std::int64_t out = call.sizes.out_channels;
  const std::int64_t channels = call.sizes.in_channels / call.sizes.groups;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const Group& group = groups_[g];
    const std::int64_t outputs = group.weight.out;
    const std::uint8_t* rows =
        gather(call, static_cast<std::int64_t>(g) * channels, first, places, group.weight.in);
    const auto x = span_of(rows, places * group.weight.in);
    const bool alone = groups_.size() == 1;
    std::int32_t* to = alone ? sums : at_least(scratch().lanes, places * outputs);
    if (call.isa == Isa::kAvx512Vnni) {
      int8_gemm_u8(x, group.weight, group.u8_bias, span_of(to, places * outputs), call.isa);
    } else {
      int8_gemm(span_of(as_signed(rows), places * group.weight.in), group.weight, group.bias,
                span_of(to, places * outputs), call.isa);
    }
    if (alone) return;
    for (std::int64_t p = 0; p < places; ++p) {
      std::copy_n(to + p * outputs, outputs,
                  sums + p * out + static_cast<std::int64_t>(g) * outputs);
    }
  }
}

void ConvKernel::run_windows(const ConvCall& call) const {
  pad_image(call.x, call.sizes,
            {.outside = input_zero_point_,
             .channels = call.sizes.in_channels,
             .flipped = flip_of(call.isa)},
            scratch().image);
  const std::int64_t out = call.sizes.out_channels;
  const Group& group = groups_.front();
  const std::int64_t block = block_of(group.weight.in);
  for (std::int64_t first = 0; first < places_of(call); first += block) {
    const std::int64_t places = std::min(block, places_of(call) - first);
    if (is_fused(call) && groups_.size() == 1) {
      const std::uint8_t* rows = gather(call, 0, first, places, group.weight.in);
      int8_gemm_u8_requantized(span_of(rows, places * group.weight.in), group.weight, group.u8_bias,
                               call.stage->fused(), span_of(call.codes + first * out, places * out),
                               call.isa);
      continue;
    }
    std::int32_t* sums = sums_at(call, first, places);
    window_sums(call, first, places, sums);
    deliver(call, first, places, sums);
  }
}

void ConvKernel::run_depthwise(const ConvCall& call) const {
  const ConvGeometry& s = call.sizes;
  const std::int64_t lanes = depthwise_.channels;
  const std::int64_t bands = depthwise_.bands();
  PaddedImage& image = scratch().image;
  // The last band may reach below the window; the weights there are 0.
  pad_image(call.x, s,
            {.outside = input_zero_point_,
             .below = (bands * 4 - s.kernel.height) * s.dilation.height,
             .channels = lanes,
             .flipped = flip_of(call.isa)},
            image);
  const bool u8_codes = call.isa == Isa::kAvx512Vnni;
  const std::int32_t* bias =
      u8_codes ? depthwise_bias_.u8_bias.data() : depthwise_bias_.bias.data();
  const bool whole = lanes == s.out_channels;
  std::uint8_t* quads = at_least(scratch().rows, bands * 4 * image.line());
  for (std::int64_t i = 0; i < s.out_height; ++i) {
    for (std::int64_t b = 0; b < bands; ++b) {
      const std::int64_t row = i * s.stride.height + 4 * b * s.dilation.height;
      interleave_lines(image.bytes.data() + row * image.line(), s.dilation.height * image.line(),
                       image.line(), quads + b * 4 * image.line());
    }
    std::int32_t* sums = sums_at(call, i * s.out_width, s.out_width);
    std::int32_t* to = whole ? sums : at_least(scratch().lanes, s.out_width * lanes);
    depthwise_line({quads, 4 * image.line(), s.stride.width * lanes * 4,
                    s.dilation.width * lanes * 4, s.out_width, depthwise_, bias, to},
                   call.isa);
    for (std::int64_t j = 0; !whole && j < s.out_width; ++j) {
      std::copy_n(to + j * lanes, s.out_channels, sums + j * s.out_channels);
    }
    deliver(call, i * s.out_width, s.out_width, sums);
  }
}

}  // namespace tinytorch::quantization
