// What a path leads to: a folder, an archive, or one source.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tito/base/error.h"
#include "tito/judge/intake/source_names.h"
#include "tito/judge/intake/submission_files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

// A single source, uploaded as it is.
class OneSource : public SubmissionFiles {
 public:
  OneSource(const fs::path& path, const IntakeLimits& limits) : name_(path.filename().string()) {
    // A file above the limit of one source is read no further than to tell so.
    text_ = read_start(path, static_cast<std::size_t>(limits.source) + 1);
  }
  std::vector<Entry> all() override { return {{name_, Kind::kFile}}; }
  Kind kind(const std::string& name) override {
    return name == name_ ? Kind::kFile : Kind::kMissing;
  }
  std::string read(const std::string&) override { return text_; }

  static std::string read_start(const fs::path& path, std::size_t limit) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) throw Rejected(std::string("it cannot be read: ") + std::strerror(errno));
    struct stat info {};
    const bool known = ::fstat(descriptor, &info) == 0;
    limit = std::min(limit, known ? static_cast<std::size_t>(info.st_size) + 1 : limit);
    std::string text(limit, '\0');
    std::size_t size = 0;
    ssize_t got = 0;
    while (size < limit && (got = ::read(descriptor, text.data() + size, limit - size)) > 0) {
      size += static_cast<std::size_t>(got);
    }
    ::close(descriptor);
    if (got < 0) throw Rejected("it cannot be read");
    text.resize(size);
    return text;
  }

 private:
  std::string name_;
  std::string text_;
};

bool is_archive(const std::string& start) {
  constexpr std::size_t kTarMagic = 257;
  return start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06") ||
         start.starts_with("\x1f\x8b") || start.starts_with("BZh") ||
         start.starts_with(
             "\xfd"
             "7zXZ") ||
         (start.size() > kTarMagic + 5 && start.substr(kTarMagic, 5) == "ustar");
}

void must_be_there(const fs::path& path) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() == fs::file_type::not_found) {
    throw UserError(path.string() + ": no such folder, archive or source");
  }
}

}  // namespace

std::unique_ptr<SubmissionFiles> open_submission(const fs::path& path, const IntakeLimits& limits) {
  must_be_there(path);
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw Rejected(error ? "it cannot be opened: " + error.message()
                         : "it is a link that leads nowhere");
  }
  if (fs::is_directory(status)) return open_folder(path, limits);
  constexpr const char* kAccepted = "a folder, a zip file, a .tar.gz or one C++ source";
  if (!fs::is_regular_file(status)) throw Rejected(std::string("it is not ") + kAccepted);
  const std::string start = OneSource::read_start(path, 512);
  if (is_archive(start)) {
    const auto most = static_cast<std::size_t>(limits.archive) + 1;
    return open_archive(OneSource::read_start(path, most), limits);
  }
  if (is_source_name(path.filename().string())) return std::make_unique<OneSource>(path, limits);
  throw Rejected(std::string("it is not ") + kAccepted);
}

}  // namespace tito
