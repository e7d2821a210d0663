#include "tinytorch/quantization/deployed/detail/linear_chain.h"

#include <algorithm>
#include <array>
#include <vector>

#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Scratch that grows and stays: the input's codes, and what layers write and read by turns.
enum class Buffer { kInput, kEven, kOdd };
std::span<std::uint8_t> scratch(Buffer buffer, std::size_t size) {
  thread_local std::array<std::vector<std::uint8_t>, 3> buffers;
  std::vector<std::uint8_t>& bytes = buffers[static_cast<std::size_t>(buffer)];
  if (bytes.size() < size) bytes.resize(size);
  return std::span(bytes).first(size);
}

const QuantizedLinear& layer_of(const QuantizedNode& node) {
  return std::get<QuantizedLinear>(node.op);
}

void to_u8(std::span<const std::int8_t> codes, std::uint8_t* u8_codes) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    u8_codes[i] = static_cast<std::uint8_t>(codes[i] + 128);
  }
}

// The codes of quantize(), 128 higher. Block by block, so that the second pass finds the codes of
// the first in the first-level cache.
void quantize_to_u8(std::span<const float> x, QParams params, QRange range,
                    std::span<std::uint8_t> u8_codes) {
  constexpr std::size_t kBlock = 4096;
  std::array<std::int8_t, kBlock> codes;
  for (std::size_t begin = 0; begin < x.size(); begin += kBlock) {
    const auto block = std::span(codes).first(std::min(kBlock, x.size() - begin));
    quantize(x.subspan(begin, block.size()), params, range, block);
    to_u8(block, u8_codes.data() + begin);
  }
}

void run_on_u8(std::span<const QuantizedNode> nodes, Bytes x, std::span<std::int8_t> y) {
  const std::size_t n = x.size() / static_cast<std::size_t>(layer_of(nodes.front()).in_features());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const QuantizedLinear& layer = layer_of(nodes[i]);
    const auto to = scratch(i % 2 == 0 ? Buffer::kEven : Buffer::kOdd,
                            n * static_cast<std::size_t>(layer.out_features()));
    layer.forward_u8(x, to, Isa::kAvx512Vnni);
    x = to;
  }
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<std::int8_t>(x[i] ^ 0x80);
}

}  // namespace

void run_chain(std::span<const QuantizedNode> nodes, std::span<const std::int8_t> x,
               std::span<std::int8_t> y) {
  const auto u8_codes = scratch(Buffer::kInput, x.size());
  to_u8(x, u8_codes.data());
  run_on_u8(nodes, u8_codes, y);
}

void run_chain(std::span<const QuantizedNode> nodes, std::span<const float> x, QRange range,
               std::span<std::int8_t> y) {
  const auto u8_codes = scratch(Buffer::kInput, x.size());
  quantize_to_u8(x, layer_of(nodes.front()).input(), range, u8_codes);
  run_on_u8(nodes, u8_codes, y);
}

}  // namespace tinytorch::quantization
