#pragma once
// What the functions of calibration.h demand of their arguments. Given; each throws Error naming
// the condition and what it was given.

#include <cstdint>
#include <span>
#include <string_view>

namespace tinytorch::quantization {

// `size` values must be [outer, channels, inner] with inner at least 1; none at all are.
void require_channel_blocks(std::string_view operation, std::size_t size, std::int64_t channels,
                            std::int64_t inner);

// Counts must be finite and not negative, and their sum positive; `what` names them.
void require_counts(std::string_view operation, std::string_view what,
                    std::span<const double> counts);

}  // namespace tinytorch::quantization
