#pragma once
// The learner's sources as part of the engine: snapshots in tinytorch/exported/NN_name/.

#include <filesystem>

#include "tito/course/course.h"

namespace tito {

std::filesystem::path export_folder(const Course& course, const Module& module);
bool is_exported(const Course& course, const Module& module);
// Whether the snapshot is what stands in modules/ now.
bool export_is_current(const Course& course, const Module& module);

// Puts a snapshot in place in one step. An earlier one moves to the returned backup folder (empty
// when there was none).
std::filesystem::path write_export(const Course& course, const Module& module);
// Moves the snapshot to a backup folder and returns that; empty when there is none.
std::filesystem::path remove_export(const Course& course, const Module& module);

}  // namespace tito
