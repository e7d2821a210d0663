#pragma once
// An image with its padding around it, so that no window needs to ask where the border is. Internal
// to QuantizedConv2d.

#include <cstdint>
#include <vector>

#include "tinytorch/kernels/conv_geometry.h"

namespace tinytorch::quantization {

// Bytes that copies of whole vectors may read or write beyond the end of a buffer.
inline constexpr std::int64_t kSlack = 64;

struct PaddedImage {
  std::int64_t width = 0;           // places of a line, padding included
  std::int64_t channels = 0;        // bytes of a place
  std::vector<std::uint8_t> bytes;  // [height, width, channels], and kSlack more

  std::int64_t line() const { return width * channels; }
};

// How the bytes of an image are stored.
struct Padding {
  std::int32_t outside = 0;   // the code around the image
  std::int64_t below = 0;     // lines more than the padding asks for
  std::int64_t channels = 0;  // bytes of a place, of which the first in_channels are codes
  std::uint8_t flipped = 0;   // joined to every byte by xor: 0x80 turns int8 into uint8 + 128
};

// Fills `to`, whose memory is kept from call to call, with the image at x, [in_height, in_width,
// in_channels].
void pad_image(const std::int8_t* x, const kernels::ConvGeometry& sizes, const Padding& padding,
               PaddedImage& to);

// Codes of a window: `blocks` pieces of `length` bytes, a few times.
struct WindowShape {
  std::int64_t lines = 1;   // of the window
  std::int64_t line = 0;    // bytes from one to the next
  std::int64_t pieces = 1;  // of a line
  std::int64_t piece = 0;   // bytes from one to the next
  std::int64_t length = 0;  // bytes of a piece
};

// Windows next to each other, as rows.
struct WindowRows {
  std::int64_t count;
  std::int64_t step;  // bytes from a window to the next
  std::int64_t row;   // bytes from a row to the next, at least those of a window
};

// Writes the pieces of each window one after the other, from `from` on. Reads and writes up to
// kSlack bytes beyond.
void copy_windows(const std::uint8_t* from, const WindowShape& shape, const WindowRows& rows,
                  std::uint8_t* to);

}  // namespace tinytorch::quantization
