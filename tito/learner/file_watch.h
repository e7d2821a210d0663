#pragma once
// Noticing that a source was saved.

#include <filesystem>
#include <vector>

namespace tito {

// Watches folders for sources (.cpp, .h) written, moved in or removed; editors' own files in
// between are passed over.
class FileWatch {
 public:
  // Throws InternalError when the kernel offers no watch.
  explicit FileWatch(const std::vector<std::filesystem::path>& folders);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  int descriptor() const { return fd_; }
  // Takes what has happened; true when a source was among it.
  bool take();

 private:
  int fd_ = -1;
};

}  // namespace tito
