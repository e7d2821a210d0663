#pragma once
// The stubs as files in modules/, and which of them nobody has touched.
//
// modules/NN_name/.stubs lists the SHA-256 of every stub as it was generated. A source with that
// sum is still a stub and may be replaced when its solution changed; any other is someone's work.

#include <filesystem>
#include <string>
#include <vector>

#include "tito/course/course.h"

namespace tito {

enum class StubState {
  kCurrent,  // equals regeneration
  kMissing,  // no such file
  kStale,    // an untouched stub of an earlier solution
  kEdited,   // a learner's work
};

struct StubFile {
  const Module* module = nullptr;
  const Part* part = nullptr;
  std::filesystem::path path;
  std::string content;  // as generated now
  StubState state = StubState::kCurrent;
};

// One per part. Throws UserError where marks are wrong.
std::vector<StubFile> stub_files(const Course& course, const Module& module);
// Of all modules that have solutions.
std::vector<StubFile> stub_files(const Course& course);

// The list of sums of one module, as text and as a path.
std::filesystem::path stub_sums_path(const Course& course, const Module& module);
std::string stub_sums(const std::vector<StubFile>& files, const Module& module);
// Sources in modules/ that no part of the module's file names.
std::vector<std::filesystem::path> unlisted_sources(const Course& course, const Module& module);

}  // namespace tito
