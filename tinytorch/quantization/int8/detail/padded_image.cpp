#include "tinytorch/quantization/int8/detail/padded_image.h"

#include <algorithm>
#include <cstring>

namespace tinytorch::quantization {
namespace {

void copy_flipped(const std::int8_t* from, std::int64_t count, std::uint8_t flip,
                  std::uint8_t* to) {
  for (std::int64_t k = 0; k < count; ++k) {
    to[k] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(from[k]) ^ flip);
  }
}

// Whole vectors: what goes beyond a piece is overwritten by the next one.
template <std::int64_t kBytes>
void copy_pieces(const std::uint8_t* from, const WindowShape& shape, const WindowRows& rows,
                 std::uint8_t* to) {
  for (std::int64_t p = 0; p < rows.count; ++p, from += rows.step, to += rows.row) {
    std::uint8_t* next = to;
    for (std::int64_t u = 0; u < shape.lines; ++u) {
      for (std::int64_t v = 0; v < shape.pieces; ++v, next += shape.length) {
        const std::uint8_t* piece = from + u * shape.line + v * shape.piece;
        for (std::int64_t k = 0; k < shape.length; k += kBytes) {
          std::memcpy(next + k, piece + k, kBytes);
        }
      }
    }
  }
}

// The commonest windows by far: three lines, each of them one vector.
template <std::int64_t kBytes>
void copy_three_lines(const std::uint8_t* from, const WindowShape& shape, const WindowRows& rows,
                      std::uint8_t* to) {
  for (std::int64_t p = 0; p < rows.count; ++p, from += rows.step, to += rows.row) {
    std::memcpy(to, from, kBytes);
    std::memcpy(to + shape.length, from + shape.line, kBytes);
    std::memcpy(to + 2 * shape.length, from + 2 * shape.line, kBytes);
  }
}

template <std::int64_t kBytes>
void copy_vectors(const std::uint8_t* from, const WindowShape& shape, const WindowRows& rows,
                  std::uint8_t* to) {
  const bool three_vectors = shape.lines == 3 && shape.pieces == 1 && shape.length <= kBytes;
  three_vectors ? copy_three_lines<kBytes>(from, shape, rows, to)
                : copy_pieces<kBytes>(from, shape, rows, to);
}

}  // namespace

void pad_image(const std::int8_t* x, const kernels::ConvGeometry& sizes, const Padding& padding,
               PaddedImage& to) {
  const Padding4& p = sizes.padding;
  to.width = sizes.in_width + p.left + p.right;
  to.channels = padding.channels;
  const std::int64_t line = to.line();
  const std::int64_t lines = sizes.in_height + p.top + p.bottom + padding.below;
  const auto size = static_cast<std::size_t>(lines * line + kSlack);
  if (to.bytes.size() < size) to.bytes.resize(size);
  const auto outside =
      static_cast<std::uint8_t>(static_cast<std::uint8_t>(padding.outside) ^ padding.flipped);
  std::uint8_t* row = to.bytes.data();
  std::fill_n(row, p.top * line, outside);
  row += p.top * line;
  const std::int64_t codes = sizes.in_width * sizes.in_channels;
  for (std::int64_t i = 0; i < sizes.in_height; ++i, row += line, x += codes) {
    if (to.channels == sizes.in_channels) {
      std::fill_n(row, p.left * to.channels, outside);
      copy_flipped(x, codes, padding.flipped, row + p.left * to.channels);
      std::fill_n(row + (p.left + sizes.in_width) * to.channels, p.right * to.channels, outside);
    } else {
      std::fill_n(row, line, outside);
      for (std::int64_t j = 0; j < sizes.in_width; ++j) {
        copy_flipped(x + j * sizes.in_channels, sizes.in_channels, padding.flipped,
                     row + (p.left + j) * to.channels);
      }
    }
  }
  std::fill_n(row, (p.bottom + padding.below) * line + kSlack, outside);
}

void copy_windows(const std::uint8_t* from, const WindowShape& shape, const WindowRows& rows,
                  std::uint8_t* to) {
  shape.length <= 16 ? copy_vectors<16>(from, shape, rows, to)
                     : copy_vectors<kSlack>(from, shape, rows, to);
}

}  // namespace tinytorch::quantization
