#pragma once
// The system calls a box may make, as a filter in the kernel's form.

#include <string>

namespace tito {

enum class Filter {
  // A worker: a list of what arithmetic, threads and plain files need; anything else kills the
  // process with SIGSYS, which the judge reports as `denied`.
  kWorker,
  // Compiler and linker, which are not hostile themselves: everything but a list of doors out.
  kCompiler,
};

// `count_memfd`: a cgroup counts what memfd_create holds; without one it is refused.
// Throws InternalError.
std::string compile_filter(Filter filter, bool count_memfd);

}  // namespace tito
