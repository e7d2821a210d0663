#pragma once
// One process at a time: two tito must not write the same state or run ninja in the same folder.

#include <filesystem>

namespace tito {

// Waits for the lock on `path` (made when missing); released at the end of life or of the process.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace tito
