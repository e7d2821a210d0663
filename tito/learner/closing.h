#pragma once
// What there is to look at once a module's core passes.

#include <functional>
#include <string>

#include "tito/course/course.h"

namespace tito {

// "integer_inference": what to call the module's milestone on the command line. Empty when it names
// none, when the program is not here, or when it includes the header of a part that would still be
// a stub: `works` says which parts the learner wrote, and a package has no reference for the
// others.
std::string closing_milestone(const Course& course, const Module& module,
                              const std::function<bool(const Part&)>& works);

}  // namespace tito
