#pragma once
// Reading C++ sources line by line: what they include.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tito {

struct Include {
  std::string target;  // tinytorch/core/error.h, or vector
  int line = 0;
};
std::vector<Include> includes_of(std::string_view source);
// Files below `folder` with one of these extensions, sorted; empty when it is not there.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder,
                                               const std::vector<std::string>& extensions);

}  // namespace tito
