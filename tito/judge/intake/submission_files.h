#pragma once
// A submission's files behind one face, whether it is a folder, an archive or one source. Nothing
// is unpacked to disk, no link is followed, and nothing is opened but regular files.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tito {

struct IntakeLimits {
  std::uintmax_t source = 1u << 20;      // one source
  std::uintmax_t archive = 64u << 20;    // the zip file or tar ball itself
  std::uintmax_t unpacked = 512u << 20;  // what a tar ball may hold: it can only be read whole
  std::size_t entries = 10000;           // files and folders in it
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
    kTwice,    // an archive may hold one name twice
    kDamaged,  // an archive may hold what cannot be unpacked, or only with a password
    kFolder,
    kOther,  // a link, device or pipe
  };
  struct Entry {
    std::string name;  // as the stranger wrote it, with '/' between folders
    Kind kind = Kind::kFile;
  };
  virtual ~SubmissionFiles() = default;
  // Everything there is, in a fixed order. Of a folder, at most `entries`, those near the top
  // first, and nothing below folders where no source is looked for.
  virtual std::vector<Entry> all() = 0;
  // Of one name, also where all() did not come to it.
  virtual Kind kind(const std::string& name) = 0;
  // The first bytes of a regular file, one more than a source may have; of an archive, only of
  // names that end as sources do.
  virtual std::string read(const std::string& name) = 0;
  // Names that are no names of files here: too long, or leading nowhere.
  virtual std::vector<std::string> odd_names() { return {}; }
};

// Throws UserError when nothing is at `path`, Rejected for what is neither folder, archive nor
// source, cannot be read, is too large, or names anything outside itself.
std::unique_ptr<SubmissionFiles> open_submission(const std::filesystem::path& path,
                                                 const IntakeLimits& limits);

// Where the folder holds no source but one archive, as platforms hand out uploads, that archive.
std::unique_ptr<SubmissionFiles> open_folder(const std::filesystem::path& path,
                                             const IntakeLimits& limits);
std::unique_ptr<SubmissionFiles> open_archive(const std::string& bytes, const IntakeLimits& limits);

}  // namespace tito
