#pragma once
// A student's workspace for one module: everything to build and test it, and no answer.
//
// Earlier modules come as reference sources, this one as stubs with its own module.yaml; of later
// ones there is nothing.

#include <filesystem>
#include <string>
#include <vector>

#include "tito/course/course.h"

namespace tito {

struct PackageFile {
  std::string name;  // relative, with '/'
  std::string content;
  bool executable = false;
};

// Sorted by name. Throws UserError when the module has no reference to make stubs from.
// With `core_only` the parts in depth are sources without tasks: stubs that link, with neither
// tests nor hints.
std::vector<PackageFile> package_files(const Course& course, const Module& module,
                                       bool core_only = false);

// course.yaml with `module` as the one to write, those before it as given, and none after it;
// comments and everything else stay.
std::string restricted_course(const std::string& yaml, const Module& module);

// module.yaml without the tasks of the parts in depth.
std::string core_of_module(const std::string& yaml);

// Sources below tinytorch/, milestones/ and bench/ladder/ that need a header of a module after
// `module`, directly or through others; they would not build without it.
std::vector<std::string> sources_of_later_modules(const Course& course, const Module& module);

}  // namespace tito
