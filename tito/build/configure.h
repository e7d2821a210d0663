#pragma once
// Running CMake and ninja: what happens rarely, with a word about it when it takes a while.

#include <filesystem>
#include <string>
#include <vector>

namespace tito {

// Runs CMake again when a source came or went since the last time (the lists are globbed), when one
// of its own files changed, or when `force` is set. Throws InternalError when the build folder was
// never configured.
void configure_if_needed(const std::filesystem::path& root, const std::filesystem::path& build_dir,
                         bool force = false);
// Builds `targets`; a progress line on standard error once it takes more than two seconds.
// Throws InternalError with the compiler's words.
void run_ninja(const std::filesystem::path& build_dir, const std::vector<std::string>& targets);

}  // namespace tito
