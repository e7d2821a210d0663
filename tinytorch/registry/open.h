#pragma once
// The one way from a registry to a model: whoever runs one gets its bytes from here.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tinytorch/registry/entry.h"
#include "tinytorch/registry/sidecar.h"

namespace tinytorch::registry {

inline constexpr std::size_t kLargestModelFile = std::size_t{256} << 20;  // bytes
inline constexpr std::size_t kLargestSidecar = std::size_t{1} << 20;

struct Opened {
  Entry entry = {};
  Sidecar sidecar = {};
  // The model, as it was hashed: these bytes are what a runtime is handed. No file is read twice.
  std::string bytes = {};
  std::string file = {};  // the path they came from, for messages
  QuantMode mode =
      QuantMode::kFp32;  // of `bytes`: the entry's, or kFp32 where that was over budget
  // Why the float model was loaded though the entry has an int8 one: "drop 0.0131 (up to 0.0188) of
  // plcc, over the budget of 0.01". Empty where the entry's own mode was loaded.
  std::string over_budget = {};
};

// The int8 model of entry `id`, if it has one and keeps its budget, else the float one. `registry`
// is the file or its folder.
//
// Over budget: the sidecar says so, or the worst end of its interval is above the budget (the
// entry's, or without one the sidecar's own). Then the float model is loaded, and one line says it
// on stderr. A sidecar without figures says nothing against the int8 model.
//
// At every call, on the very bytes that are returned: size, SHA-256, operators, no external data.
// Throws Error naming entry, file and condition on a hash that differs, whatever other file there
// may be; on an unknown id, with the nearest known one; on an id that stands twice, a file that is
// missing or outside the registry's folder, and a sidecar that is missing or says something else
// than the entry.
Opened open(const std::filesystem::path& registry, std::string_view id);

// What open() says against an int8 model; "" where nothing does.
std::string over_budget(const Entry& entry, const Sidecar& sidecar);

// The same checks of one file. `name` is relative to `folder`, `sha256` what the entry promises.
// Throws Error.
std::string checked_model(const std::filesystem::path& folder, const std::string& name,
                          const std::string& sha256);
Sidecar read_sidecar(const std::filesystem::path& folder, const Entry& entry);

}  // namespace tinytorch::registry
