#include "tinytorch/data/file.h"

#include <zlib.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "tinytorch/core/error.h"

namespace tinytorch::data {
namespace {

struct Close {
  void operator()(gzFile file) const { gzclose(file); }
};
using File = std::unique_ptr<gzFile_s, Close>;

File open(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw Error(concat(path, ": is a folder, not a file"));
  errno = 0;
  File file(gzopen(path.c_str(), "rb"));
  if (file == nullptr) {
    throw Error(
        concat(path, ": cannot be opened: ", errno != 0 ? std::strerror(errno) : "no memory"));
  }
  return file;
}

// zlib reports a stream that ends early, or whose checksum is wrong, only when asked.
void check(const std::string& path, gzFile file, int count) {
  int code = Z_OK;
  const char* text = gzerror(file, &code);
  if (count >= 0 && code != Z_BUF_ERROR) return;
  if (code == Z_BUF_ERROR) text = "the file is cut off";
  if (code == Z_ERRNO) text = std::strerror(errno);
  throw Error(concat(path, ": at byte ", gzoffset(file), ": ", text));
}

}  // namespace

std::string read_file(const std::string& path, std::size_t limit) {
  const File file = open(path);
  std::string content;
  std::string buffer(1 << 16, '\0');
  for (;;) {
    const int count = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    check(path, file.get(), count);
    if (count == 0) return content;
    content.append(buffer, 0, static_cast<std::size_t>(count));
    if (content.size() > limit) throw Error(concat(path, ": is larger than ", limit, " bytes"));
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
