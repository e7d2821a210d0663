#pragma once
// A submission's files behind one face, whether it is a folder or a zip file. Nothing is unpacked,
// no link is followed, and nothing is opened but regular files.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tito {

struct IntakeLimits {
  std::uintmax_t source = 1u << 20;    // one source
  std::uintmax_t archive = 64u << 20;  // the zip file itself
  std::size_t entries = 10000;         // files and folders in it
};

// A submission that breaks the rules as a whole; the message says which.
class Rejected : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class SubmissionFiles {
 public:
  enum class Kind {
    kMissing,
    kFile,
    kTwice,  // an archive may hold one name twice
    kOther,  // a folder, link, device or pipe
  };
  virtual ~SubmissionFiles() = default;
  // "name/" when everything stands in one folder, else "".
  virtual std::string only_folder() = 0;
  virtual Kind kind(const std::string& name) = 0;
  // The first `limit` bytes of a regular file.
  virtual std::string read(const std::string& name, std::uintmax_t limit) = 0;
  // Names directly in the folder `prefix`, sorted; as the stranger wrote them.
  virtual std::vector<std::string> names_in(const std::string& prefix) = 0;
};

std::unique_ptr<SubmissionFiles> open_folder(const std::filesystem::path& path);
// Throws Rejected for what is no zip, too large, encrypted, or names anything outside itself.
std::unique_ptr<SubmissionFiles> open_zip(const std::filesystem::path& path,
                                          const IntakeLimits& limits);

}  // namespace tito
