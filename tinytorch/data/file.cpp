#include "tinytorch/data/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "tinytorch/core/error.h"

namespace tinytorch::data {
namespace {

struct CloseGz {
  void operator()(gzFile file) const { gzclose(file); }
};
using GzFile = std::unique_ptr<gzFile_s, CloseGz>;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error failure(const std::string& path, const char* what) {
  return Error(concat(path, ": cannot be ", what, ": ", std::strerror(errno)));
}

void check_limit(const std::string& path, std::size_t size, std::size_t limit) {
  if (size > limit) throw Error(concat(path, ": is larger than ", limit, " bytes"));
}

// Pipes and devices have no end to wait for.
void check_regular(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) throw failure(path, "opened");
  if (!S_ISREG(info.st_mode)) throw Error(concat(path, ": is not a regular file"));
}

// Appends everything that `read_some` gives, piece by piece, until it gives 0 bytes.
template <typename ReadSome>
std::string collect(const std::string& path, std::size_t limit, ReadSome read_some) {
  std::string content;
  std::string buffer(std::size_t{1} << 16, '\0');
  for (;;) {
    const std::size_t count = read_some(buffer);
    if (count == 0) return content;
    content.append(buffer, 0, count);
    check_limit(path, content.size(), limit);
  }
}

// zlib reports a stream that ends early, or whose checksum is wrong, only when asked.
std::size_t checked(const std::string& path, gzFile file, int count) {
  int code = Z_OK;
  const char* text = gzerror(file, &code);
  if (count >= 0 && code != Z_BUF_ERROR) return static_cast<std::size_t>(count);
  if (code == Z_BUF_ERROR) text = "the file is cut off";
  if (code == Z_ERRNO) text = std::strerror(errno);
  throw Error(concat(path, ": at byte ", gzoffset(file), ": ", text));
}

void write_all(const std::string& path, int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw failure(path, "written");
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  if (fsync(fd) != 0) throw failure(path, "written");
}

}  // namespace

std::string read_file(const std::string& path, std::size_t limit) {
  check_regular(path);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw failure(path, "opened");
  return collect(path, limit, [&](std::string& buffer) {
    const ssize_t count = read(file.get(), buffer.data(), buffer.size());
    if (count < 0) throw failure(path, "read");
    return static_cast<std::size_t>(count);
  });
}

std::string read_data_file(const std::string& path, std::size_t limit) {
  check_regular(path);
  const GzFile file(gzopen(path.c_str(), "rb"));
  if (file == nullptr) throw failure(path, "opened");
  return collect(path, limit, [&](std::string& buffer) {
    const int count = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    return checked(path, file.get(), count);
  });
}

void write_file_atomically(const std::string& path, std::string_view content) {
  std::string temporary = path + ".XXXXXX";
  try {
    const Descriptor file(mkstemp(temporary.data()));
    if (file.get() < 0) throw failure(path, "written");
    // mkstemp's files are private; this one is to be as readable as any other.
    if (fchmod(file.get(), 0644) != 0) throw failure(path, "written");
    write_all(path, file.get(), content);
    if (std::rename(temporary.c_str(), path.c_str()) != 0) throw failure(path, "written");
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
}

std::string find_data_file(const std::string& name) {
  namespace fs = std::filesystem;
  if (const char* root = std::getenv("TINYTORCH_DATA"); root != nullptr) {
    const fs::path path = fs::path(root) / name;
    if (fs::exists(path)) return path.string();
    throw Error(concat(name, ": not below ", root, ", where TINYTORCH_DATA points"));
  }
  const fs::path start = fs::current_path();
  for (fs::path folder = start;; folder = folder.parent_path()) {
    const fs::path path = folder / "data" / name;
    if (fs::exists(path)) return path.string();
    if (folder == folder.parent_path()) break;
  }
  throw Error(concat(name, ": no data/ folder at or above ", start.string(),
                     " has it; run inside the project or set TINYTORCH_DATA"));
}

}  // namespace tinytorch::data
