#pragma once
// What of the engine a module's tests are linked with, found through includes: nothing else need be
// built before the first verdict.

#include <filesystem>
#include <functional>
#include <set>

#include "tito/course/course.h"

namespace tito {

// The source that stands for a part of another module: exported, reference or stub. The parts of an
// exported module may be of several kinds.
using SourceOf = std::function<std::filesystem::path(const Module&, const Part&)>;

// Sources, as absolute paths, that the learner tests of `module` and its own sources reach: given
// ones and those of other modules. Each header that is included brings the sources that define what
// it declares:
//   - the one that a module writes, for the header of a part;
//   - each given source in its folder (or detail/ there) whose name begins with the header's;
//   - each given source without a header of its own name that includes it, in the same folder, or
//     in another one when its name begins with the header's: autograd/tensor_backward.cpp defines
//     what core/tensor.h declares.
// More than is needed does no harm. Sources of another processor or twin may be among them.
std::set<std::filesystem::path> sources_of_tests(const Course& course, const Module& module,
                                                 const SourceOf& source_of);

}  // namespace tito
