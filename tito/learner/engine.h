#pragma once
// How much of the engine is the learner's own.

#include <cstddef>
#include <string>
#include <vector>

#include "tito/build/toolchain.h"
#include "tito/course/course.h"

namespace tito {

struct ModuleOrigin {
  const Module* module = nullptr;
  std::string origin;     // "exported", "reference", "stub"
  std::size_t lines = 0;  // of the sources the engine uses
  std::size_t own_lines = 0;
  std::vector<const Part*> own_parts;  // those of an exported module that are the learner's
  bool all_own() const;                // no part with a task is the reference's
};

struct EngineShare {
  std::vector<ModuleOrigin> origins;
  std::size_t own_modules = 0;  // with at least one part of the learner's
  std::size_t modules = 0;
  std::size_t own_lines = 0;
  std::size_t lines = 0;
};

EngineShare engine_share(const Course& course, const Toolchain& toolchain);

}  // namespace tito
