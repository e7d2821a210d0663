#include "tito/base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "tito/base/error.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what, const fs::path& path) {
  throw InternalError(std::string(what) + ' ' + path.string() + ": " + std::strerror(errno));
}

// Closes on every way out; removes the temporary file unless it was renamed.
struct Temporary {
  int fd = -1;
  fs::path path;
  bool keep = false;
  ~Temporary() {
    if (fd >= 0) ::close(fd);
    if (!keep) ::unlink(path.c_str());
  }
};

void write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

mode_t mode_for(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  return 0644;
}

}  // namespace

std::string read_file(const fs::path& path, std::uintmax_t limit) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) throw UserError(path.string() + ": no such file");
  if (!fs::is_regular_file(status)) throw UserError(path.string() + ": not a regular file");
  const auto size = fs::file_size(path, error);
  if (!error && size > limit) {
    throw UserError(path.string() + ": " + std::to_string(size) + " bytes, more than the " +
                    std::to_string(limit) + " allowed here");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError(path.string() + ": cannot be opened; check its permissions");
  std::string content;
  std::array<char, 1 << 16> buffer{};
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    content.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (content.size() > limit) throw UserError(path.string() + ": grew while it was read");
  }
  return content;
}

void write_file_atomically(const fs::path& path, std::string_view content) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error)
    throw InternalError("cannot create " + path.parent_path().string() + ": " + error.message());
  static std::atomic<unsigned> counter{0};
  Temporary temporary;
  temporary.path = path;
  temporary.path += ".tmp" + std::to_string(::getpid()) + '.' + std::to_string(counter++);
  temporary.fd = ::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (temporary.fd < 0) fail("cannot write", temporary.path);
  write_all(temporary.fd, content, path);
  if (::fchmod(temporary.fd, mode_for(path)) != 0) fail("cannot set the mode of", path);
  if (::fsync(temporary.fd) != 0) fail("cannot write", path);
  if (::rename(temporary.path.c_str(), path.c_str()) != 0) fail("cannot replace", path);
  temporary.keep = true;
}

std::string sha256(std::string_view content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr) !=
      1) {
    throw InternalError("SHA-256 failed");
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

}  // namespace tito
