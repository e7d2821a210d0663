#include "tito/learner/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "tito/base/error.h"

namespace tito {
namespace {

bool is_source(const std::filesystem::path& name) {
  const bool hidden = name.string().starts_with('.');
  return !hidden && (name.extension() == ".cpp" || name.extension() == ".h");
}

}  // namespace

FileWatch::FileWatch(const std::vector<std::filesystem::path>& folders) {
  fd_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd_ < 0)
    throw InternalError(std::string("the kernel offers no file watch: ") + std::strerror(errno));
  for (const auto& folder : folders) {
    // Editors write in place, or write another file and rename it.
    const auto events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
    if (::inotify_add_watch(fd_, folder.c_str(), events) < 0 && errno != ENOENT) {
      ::close(fd_);
      throw InternalError("cannot watch " + folder.string() + ": " + std::strerror(errno));
    }
  }
}

FileWatch::~FileWatch() { ::close(fd_); }

bool FileWatch::take() {
  bool source = false;
  alignas(inotify_event) std::array<char, 1 << 14> buffer;
  for (ssize_t size = ::read(fd_, buffer.data(), buffer.size()); size > 0;
       size = ::read(fd_, buffer.data(), buffer.size())) {
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      if (event.len > 0) source = source || is_source(name);
      at += static_cast<ssize_t>(sizeof event) + event.len;
    }
  }
  return source;
}

}  // namespace tito
