#pragma once
// models/registry.json, read and written.

#include <filesystem>
#include <string>
#include <string_view>

#include "tinytorch/registry/entry.h"

namespace tinytorch::registry {

// Bytes of a registry at most.
inline constexpr std::size_t kLargestRegistry = std::size_t{4} << 20;

// `name` is the file's, for errors. Throws Error naming the line of what is not JSON, or every
// place that the schema refuses: "models/registry.json: models[2].quant_mode: …".
Registry parse_registry(std::string_view json, const std::string& name);
// `path` is the file or its folder. Throws Error, also, when it cannot be read.
Registry read_registry(const std::filesystem::path& path);
// "models" → "models/registry.json"; a file stays.
std::filesystem::path registry_file(const std::filesystem::path& path);

// Entries sorted by id, keys in the schema's order: the same registry gives the same bytes.
std::string to_json(const Registry& registry);
// Whole or not at all. Throws Error when it cannot be written.
void write_registry(const Registry& registry, const std::filesystem::path& path);

// The JSON Schemas (draft 2020-12), as models/ has them.
std::string registry_schema();
std::string sidecar_schema();

}  // namespace tinytorch::registry
