#pragma once
// Guards: what a contract demands of its arguments, one line each.
//
//   require_same_size("quantize", x.size(), codes.size());
//   require_positive("quantize", "scale", params.scale);
//
// Each throws Error when the condition does not hold. The message names the operation, the
// condition and what was given: "quantize: scale must be positive and finite, got -1".

#include <cstdint>
#include <span>
#include <string_view>

namespace tinytorch {

// "quantize: sizes must be equal, got 3 and 4"
void require_same_size(std::string_view operation, std::size_t a, std::size_t b);

// The same of one named thing: "adaround: moments must be 9, got 8", `what` in the plural.
void require_count(std::string_view operation, std::string_view what, std::size_t count,
                   std::size_t expected);

// "kl_divergence: p must not be empty"
void require_not_empty(std::string_view operation, std::string_view what, std::size_t size);

// "channel_scales: 7 weights must divide evenly into 3 channels"; no weights and fewer than one
// channel do not.
void require_divides(std::string_view operation, std::string_view what, std::size_t size,
                     std::string_view parts, std::int64_t count);

// "adaround: steps must be at least 0, got -1"
void require_at_least(std::string_view operation, std::string_view what, std::int64_t value,
                      std::int64_t low);

// "choose_qparams_symmetric: bits must be from 2 to 8, got 9"; both ends are allowed.
void require_between(std::string_view operation, std::string_view what, std::int64_t value,
                     std::int64_t low, std::int64_t high);

// The same of real numbers; NaN lies within nothing.
void require_within(std::string_view operation, std::string_view what, double value, double low,
                    double high);

// "quantize: scale must be positive and finite, got inf"
void require_positive(std::string_view operation, std::string_view what, double value);

// "choose_qparams_symmetric: max_abs must be finite and at least 0, got -1"
void require_not_negative(std::string_view operation, std::string_view what, double value);

// "observe: max must be finite, got nan"
void require_finite(std::string_view operation, std::string_view what, double value);

// The first value that is not: "adaround: weight[3] must be finite, got nan"
void require_finite(std::string_view operation, std::string_view what,
                    std::span<const float> values);

}  // namespace tinytorch
