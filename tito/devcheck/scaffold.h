#pragma once
// The files a new module begins with: one part, one task, and everything the proof asks for.

#include <string>
#include <utility>
#include <vector>

namespace tito {

struct ScaffoldNames {
  std::string module;  // "16_compression"
  std::string title;   // "Compression"
  std::string room;    // folder below tinytorch/
  std::string part;    // "pruning"
};

// Path relative to the course, and content.
std::vector<std::pair<std::string, std::string>> scaffold_files(const ScaffoldNames& names);

}  // namespace tito
