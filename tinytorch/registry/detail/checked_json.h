#pragma once
// JSON that a stranger wrote, parsed and held to a JSON Schema. Internal to the registry.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tinytorch/registry/json_schema.h"

namespace tinytorch::registry {

inline constexpr int kDeepestJson = 32;

// Throws Error "name: line 3, column 7: …" on what is not JSON, a key that stands twice in one
// object, and nesting deeper than kDeepestJson.
nlohmann::ordered_json parse_json(std::string_view text, const std::string& name);

// violations() of texts that are parsed already.
std::vector<Violation> violations_of(const nlohmann::ordered_json& value,
                                     const nlohmann::ordered_json& schema);

// parse_json, then violations() of `schema`. Throws Error naming all of them, the first ten in
// full.
nlohmann::ordered_json checked_json(std::string_view text, const std::string& name,
                                    const std::string& schema);

}  // namespace tinytorch::registry
