// A submission that is a folder, read without following a link anywhere below it.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>

#include "tito/judge/intake/source_names.h"
#include "tito/judge/intake/submission_files.h"

namespace tito {
namespace {

constexpr std::ptrdiff_t kDeepest = 8;  // folders around a source

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  bool ok() const { return number_ >= 0; }

 private:
  int number_;
};

class Folder : public SubmissionFiles {
 public:
  Folder(const std::filesystem::path& path, const IntakeLimits& limits)
      : limits_(limits), top_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!top_.ok()) {
      throw Rejected(std::string("the folder cannot be opened: ") + std::strerror(errno));
    }
  }

  // Breadth first, so that a large folder below does not hide what stands at the top.
  std::vector<Entry> all() override {
    std::vector<Entry> entries;
    std::deque<std::string> open{""};
    while (!open.empty() && entries.size() < limits_.entries) {
      const std::string prefix = open.front();
      open.pop_front();
      for (const std::string& name : names_in(prefix)) {
        const Kind found = kind(prefix + name);
        entries.push_back({prefix + name, found});
        const bool deep = std::count(prefix.begin(), prefix.end(), '/') >= kDeepest;
        if (found == Kind::kFolder && !deep && !is_passed_by(name)) {
          open.push_back(prefix + name + "/");
        }
      }
    }
    return entries;
  }

  Kind kind(const std::string& name) override {
    const Descriptor parent = open_parent(name);
    struct stat info {};
    if (!parent.ok() ||
        ::fstatat(parent.get(), leaf(name).c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return Kind::kMissing;
    }
    if (S_ISDIR(info.st_mode)) return Kind::kFolder;
    return S_ISREG(info.st_mode) ? Kind::kFile : Kind::kOther;
  }

  std::string read(const std::string& name) override { return read(name, limits_.source + 1); }

  // The archive that is all there is, but for texts around it.
  std::optional<std::string> only_archive() {
    std::vector<std::string> archives;
    for (const Entry& entry : all()) {
      const std::string base = leaf(entry.name);
      if (entry.kind != Kind::kFile || is_junk(base)) continue;
      if (is_source_name(base)) return std::nullopt;
      if (is_archive_name(base)) archives.push_back(entry.name);
    }
    if (archives.size() != 1) return std::nullopt;
    return read(archives.front(), limits_.archive + 1);
  }

 private:
  std::string read(const std::string& name, std::uintmax_t limit) const {
    const Descriptor parent = open_parent(name);
    // Looked at again once open: it may have been swapped for a link or a pipe.
    const Descriptor file(::openat(parent.get(), leaf(name).c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat info {};
    if (!file.ok() || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
      throw Rejected(name + " cannot be read");
    }
    const auto most = std::min(limit, static_cast<std::uintmax_t>(info.st_size) + 1);
    std::string text(static_cast<std::size_t>(most), '\0');
    std::size_t size = 0;
    ssize_t got = 0;
    while (size < text.size() &&
           (got = ::read(file.get(), text.data() + size, text.size() - size)) > 0) {
      size += static_cast<std::size_t>(got);
    }
    if (got < 0) throw Rejected(name + " cannot be read");
    text.resize(size);
    return text;
  }

  // Sorted, so that the same folder gives the same report.
  std::vector<std::string> names_in(const std::string& prefix) const {
    std::vector<std::string> names;
    const Descriptor folder = open_parent(prefix + ".");
    DIR* stream = folder.ok() ? ::fdopendir(::dup(folder.get())) : nullptr;
    if (stream == nullptr) return names;
    ::rewinddir(stream);
    while (const dirent* entry = ::readdir(stream)) {
      const std::string name = entry->d_name;
      if (name != "." && name != ".." && names.size() < limits_.entries) names.push_back(name);
    }
    ::closedir(stream);
    std::sort(names.begin(), names.end());
    return names;
  }

  static std::string leaf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

  // The folder that holds `name`, opened step by step.
  Descriptor open_parent(const std::string& name) const {
    Descriptor current(::fcntl(top_.get(), F_DUPFD_CLOEXEC, 0));
    std::size_t begin = 0;
    for (std::size_t end = 0; current.ok() && (end = name.find('/', begin)) != name.npos;
         begin = end + 1) {
      current = Descriptor(::openat(current.get(), name.substr(begin, end - begin).c_str(),
                                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    }
    return current;
  }

  IntakeLimits limits_;
  Descriptor top_;
};

}  // namespace

std::unique_ptr<SubmissionFiles> open_folder(const std::filesystem::path& path,
                                             const IntakeLimits& limits) {
  auto folder = std::make_unique<Folder>(path, limits);
  if (const auto bytes = folder->only_archive()) return open_archive(*bytes, limits);
  return folder;
}

}  // namespace tito
