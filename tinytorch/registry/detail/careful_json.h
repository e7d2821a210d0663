#pragma once
// JSON that a stranger wrote. Internal to the registry.

#include <string>
#include <string_view>

namespace tinytorch::registry {

inline constexpr int kDeepestJson = 32;

// Throws Error "name: parse error at line 3, column 7: …" on what is not JSON, and on a key that
// stands twice in one object or nesting deeper than kDeepestJson. After it a plain parser is safe.
void require_careful_json(std::string_view text, const std::string& name);

}  // namespace tinytorch::registry
