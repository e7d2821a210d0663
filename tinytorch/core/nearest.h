#pragma once
// "Did you mean …?": the known names closest to a mistyped one. Given.

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch {

// Up to three of `known`, closest first; those that cannot have been meant are left out.
std::vector<std::string> nearest(std::string_view name, const std::vector<std::string>& known);
// " Did you mean 15_quantization?", or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace tinytorch
