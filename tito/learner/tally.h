#pragma once
// How much of a module is done: its core first, what goes further apart from it.

#include <string>

#include "tito/course/course.h"

namespace tito {

struct Tally {
  int core_passed = 0;
  int core_total = 0;
  int depth_passed = 0;
  int depth_total = 0;
  int points = 0;
  int total_points = 0;

  void add(const Part& part, const Task& task, bool passes);
  int passed() const { return core_passed + depth_passed; }
  int total() const { return core_total + depth_total; }
  // A module is done when its core passes.
  bool done() const { return core_passed == core_total; }
  bool all() const { return passed() == total(); }
  // "core 12 of 22 · depth 3 of 28", or "12 of 22 tasks" where all of it is core.
  std::string words() const;
  // "12/22 · 3/28", or "12/22".
  std::string short_words() const;
};

}  // namespace tito
