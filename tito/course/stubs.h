#pragma once
// From a marked solution to the stub a learner starts with.
//
// In solutions/, a task's answer stands between two comment lines of their own:
//     // BEGIN SOLUTION 15.2
//     …
//     // END SOLUTION 15.2
// Inside a function the pair and what it holds become `throw tinytorch::not_implemented("15.2");`.
// `// BEGIN SOLUTION 15.2 helper` … drops the lines without a throw (helpers at file scope).
// Everything else, the comments that say what to do among it, stands in both. A task may have
// several pairs. Marks may not nest, stay open, or name a task of another part.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tito/course/course.h"

namespace tito {

// Throws UserError "solutions/15_quantization/affine.cpp:31: …".
std::string generate_stub(std::string_view solution, const std::string& file_name);

// The same with the tasks in `solved` answered, their marks dropped: a learner half-way through.
std::string compose_source(std::string_view solution, const std::string& file_name,
                           const std::set<std::string>& solved);

struct Region {
  std::string task;
  int begin_line = 0;  // of the BEGIN mark, 1-based
  int end_line = 0;
  bool helper = false;
};
std::vector<Region> find_regions(std::string_view solution, const std::string& file_name);

// The stub a learner starts with: generated from the solution, or, in a packaged workspace that
// has none, the copy shipped in stubs/NN_name/. Throws UserError when the marks do not fit the
// part.
std::string pristine_stub(const Course& course, const Module& module, const Part& part);

}  // namespace tito
