#include "tito/learner/backup.h"

#include <array>
#include <ctime>
#include <string>

#include "tito/base/error.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

std::string date_and_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d_%H-%M-%S", &local);
  return text.data();
}

// create_directory tells whether the folder is new: two backups in one second stay apart.
fs::path new_folder(const fs::path& parent) {
  fs::create_directories(parent);
  const std::string name = date_and_time();
  for (int i = 1; i < 1000; ++i) {
    const fs::path folder = parent / (i == 1 ? name : name + '-' + std::to_string(i));
    if (fs::create_directory(folder)) return folder;
  }
  throw InternalError("cannot make a new folder in " + parent.string());
}

}  // namespace

fs::path back_up(const fs::path& root, const std::vector<fs::path>& files) {
  try {
    const fs::path folder = new_folder(root / ".tito" / "backups");
    for (const auto& file : files) {
      if (!fs::exists(file)) continue;
      const fs::path copy = folder / file.lexically_relative(root);
      fs::create_directories(copy.parent_path());
      fs::copy(file, copy, fs::copy_options::recursive);
    }
    return folder;
  } catch (const fs::filesystem_error& error) {
    throw InternalError(std::string("cannot back up your work, so nothing was changed: ") +
                        error.what());
  }
}

}  // namespace tito
