#pragma once
// One object a part: the learner's where it compiles, else the stub's, with the reason.

#include <filesystem>
#include <string>
#include <vector>

#include "tito/learner/test_module.h"

namespace tito {

struct PartObject {
  const Part* part = nullptr;
  std::filesystem::path source;
  std::filesystem::path object;
  std::filesystem::path linked_source;  // what the object was made of: `source` or the stub
  bool substituted = false;             // the stub stands in
  std::string problem;                  // why: what its tasks' message will be
  int line = 0;                         // of the problem in the source
};

// Parts are compiled in parallel.
std::vector<PartObject> compile_parts(const Toolchain& toolchain, const Course& course,
                                      const Module& module,
                                      const std::vector<std::filesystem::path>& sources);
// Links them. A part whose object does not link (a function undefined, or defined twice) is
// replaced by its stub as well.
std::filesystem::path link_parts(const Toolchain& toolchain, const Course& course,
                                 const Module& module, std::vector<PartObject>& parts,
                                 const TestOptions& options);

}  // namespace tito
