#pragma once
// A folder of our own in which boxes find what they may see, and leave what comes out.
//
// A box may run as another user, who cannot look into a home folder: headers, archives and
// binaries are copied here once a run. Everything goes away with the Stage; what a run leaves that
// was killed goes away with the next run.

#include <filesystem>
#include <string>
#include <string_view>

#include "tito/judge/sandbox/sandbox.h"

namespace tito {

class Stage {
 public:
  Stage();  // throws InternalError
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const std::filesystem::path& root() const { return root_; }
  // A copy that every box can read. Throws InternalError.
  std::filesystem::path copy(const std::filesystem::path& file, const std::string& name) const;
  std::filesystem::path write(const std::string& name, std::string_view content) const;
  // A fresh folder that the box of `slot` alone may write.
  std::filesystem::path folder_for(int slot, const std::string& name) const;

 private:
  std::filesystem::path root_;
  int lock_ = -1;
};

// The bytes of a file that a box made: a regular file, not a link, at most `limit` bytes. Throws
// std::runtime_error: what a box leaves behind is the stranger's.
std::string read_made(const std::filesystem::path& file, std::uintmax_t limit);

}  // namespace tito
