#pragma once
// The proof that a package holds no answer.

#include <string>
#include <vector>

#include "tito/package/package.h"

namespace tito {

struct Leak {
  std::string file;  // of the package
  int line = 0;
  std::string solution;  // "solutions/15_quantization/affine.cpp:31"
};

// Lines of the solutions of `module` and all later ones, within their marks, that occur in a file
// of the package. Compared without white space and comments; a line counts from 20 characters on,
// and not when the stubs, an earlier module, or a room of the library above the module's have it
// too. In the given sources of the library, which speak the same idiom, two lines in the answer's
// order count, and one alone does not. module.yaml is not looked at: its hints end in nearly the
// code on purpose.
std::vector<Leak> find_leaks(const Course& course, const Module& module,
                             const std::vector<PackageFile>& files);

}  // namespace tito
