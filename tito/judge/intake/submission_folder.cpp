// A submission that is a folder, read without following a link anywhere below it.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tito/base/error.h"
#include "tito/judge/intake/submission_files.h"

namespace tito {
namespace {

constexpr std::size_t kNamesListed = 1000;

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
  explicit Folder(const std::filesystem::path& path)
      : top_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!top_.ok()) throw UserError(path.string() + ": cannot be read");
  }

  std::string only_folder() override {
    const std::vector<std::string> names = names_in("");
    if (names.size() != 1 || !open_parent(names.front() + "/").ok()) return {};
    return names.front() + "/";
  }

  Kind kind(const std::string& name) override {
    const Descriptor parent = open_parent(name);
    struct stat info {};
    if (!parent.ok() ||
        ::fstatat(parent.get(), leaf(name).c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return Kind::kMissing;
    }
    return S_ISREG(info.st_mode) ? Kind::kFile : Kind::kOther;
  }

  std::string read(const std::string& name, std::uintmax_t limit) override {
    const Descriptor parent = open_parent(name);
    // Looked at again once open: it may have been swapped for a link or a pipe.
    const Descriptor file(::openat(parent.get(), leaf(name).c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat info {};
    if (!file.ok() || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
      throw Rejected(name + " cannot be read");
    }
    std::string text(static_cast<std::size_t>(limit), '\0');
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

  std::vector<std::string> names_in(const std::string& prefix) override {
    std::vector<std::string> names;
    Descriptor folder = open_parent(prefix + ".");
    if (!folder.ok()) return names;
    DIR* stream = ::fdopendir(::dup(folder.get()));
    if (stream == nullptr) return names;
    ::rewinddir(stream);
    while (const dirent* entry = ::readdir(stream)) {
      const std::string name = entry->d_name;
      if (name != "." && name != ".." && names.size() < kNamesListed) names.push_back(name);
    }
    ::closedir(stream);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
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

  Descriptor top_;
};

}  // namespace

std::unique_ptr<SubmissionFiles> open_folder(const std::filesystem::path& path) {
  return std::make_unique<Folder>(path);
}

}  // namespace tito
