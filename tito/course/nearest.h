#pragma once
// "Did you mean …?": the known names closest to a mistyped one.

#include <string>
#include <string_view>
#include <vector>

namespace tito {

// Up to three of `known`, closest first; those that cannot have been meant are left out.
std::vector<std::string> nearest(std::string_view name, const std::vector<std::string>& known);
// " Did you mean a, b or c?", or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace tito
