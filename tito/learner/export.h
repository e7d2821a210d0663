#pragma once
// The learner's sources as part of the engine: snapshots in tinytorch/exported/NN_name/. Parts that
// are not there are the reference's.

#include <filesystem>
#include <vector>

#include "tito/course/course.h"

namespace tito {

std::filesystem::path export_folder(const Course& course, const Module& module);
bool is_exported(const Course& course, const Module& module);
bool is_exported(const Course& course, const Module& module, const Part& part);
// Whether the snapshots are what stands in modules/ now.
bool export_is_current(const Course& course, const Module& module);

// Puts snapshots of `parts`, and of no others, in place in one step. Earlier ones move to the
// returned backup folder (empty when there were none).
std::filesystem::path write_export(const Course& course, const Module& module,
                                   const std::vector<const Part*>& parts);
// Moves the snapshots to a backup folder and returns that; empty when there are none.
std::filesystem::path remove_export(const Course& course, const Module& module);

}  // namespace tito
