#pragma once
// Copies of a learner's work, made before anything of it is replaced or removed.

#include <filesystem>
#include <vector>

namespace tito {

// Copies `files` (below `root`; missing ones are passed over) to a new folder
// .tito/backups/<date and time>/, keeping their paths below `root`. Returns that folder.
std::filesystem::path back_up(const std::filesystem::path& root,
                              const std::vector<std::filesystem::path>& files);

}  // namespace tito
