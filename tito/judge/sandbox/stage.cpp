#include "tito/judge/sandbox/stage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "tito/base/error.h"
#include "tito/judge/sandbox/identity.h"
#include "tito/judge/sandbox/room.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "tito-grade-";
constexpr const char* kLock = ".lock";  // held as long as the Stage lives

// The parents of a staged file; others may pass through but not list.
void make_parents(const fs::path& root, const fs::path& file) {
  fs::create_directories(file.parent_path());
  for (fs::path folder = file.parent_path(); folder != root; folder = folder.parent_path()) {
    fs::permissions(folder, fs::perms{0755});
  }
}

// Where temporary files go, unless the user that boxes run as could not get there.
fs::path temporary_folder() {
  const fs::path usual = fs::canonical(fs::temp_directory_path());
  for (fs::path folder = usual; identity_of_slot(0).drop; folder = folder.parent_path()) {
    const auto others = fs::status(folder).permissions() & fs::perms::others_exec;
    if (others == fs::perms::none) return "/tmp";
    if (folder == folder.root_path()) break;
  }
  return usual;
}

// A folder whose lock nobody holds was left by a run that was killed. What is in a folder without a
// lock is somebody else's; an empty one that is just being made is made again.
void sweep(const fs::path& among) {
  std::error_code error;
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(among, error)) {
    if (entry.path().filename().string().starts_with(kPrefix)) left.push_back(entry.path());
  }
  for (const fs::path& folder : left) {
    struct stat info {};
    if (::lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) continue;
    if (info.st_uid != ::geteuid()) continue;
    const int lock = ::open((folder / kLock).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0) ::rmdir(folder.c_str());  // killed before it made its lock: only if empty
    if (lock < 0) continue;
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0) fs::remove_all(folder, error);
    ::close(lock);
  }
}

// The lock of a fresh folder; -1 when a sweep of another run came first.
int lock_of(const fs::path& folder) {
  const int lock =
      ::open((folder / kLock).c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  struct stat info {};
  const bool ours = lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0 &&
                    ::fstat(lock, &info) == 0 && info.st_nlink > 0;
  if (ours) return lock;
  if (lock >= 0) ::close(lock);
  return -1;
}

}  // namespace

Stage::Stage() {
  const fs::path among = temporary_folder();
  sweep(among);
  for (int attempt = 0; attempt < 10 && lock_ < 0; ++attempt) {
    std::string name = (among / (std::string(kPrefix) + "XXXXXX")).string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw InternalError("cannot make a folder in " + among.string() + ": " +
                          std::generic_category().message(errno));
    }
    root_ = name;
    lock_ = lock_of(root_);
  }
  if (lock_ < 0) throw InternalError("cannot make a file in " + root_.string());
  ::chmod(root_.c_str(), 0711);
}

Stage::~Stage() {
  std::error_code error;
  fs::remove_all(root_, error);
  if (lock_ >= 0) ::close(lock_);
}

fs::path Stage::copy(const fs::path& file, const std::string& name) const {
  const fs::path to = root_ / name;
  try {
    const std::string lack = lack_of_space(root_, fs::file_size(file));
    if (!lack.empty()) throw InternalError(lack);
    make_parents(root_, to);
    fs::copy_file(file, to, fs::copy_options::overwrite_existing);
    fs::permissions(to, fs::perms{0755});
  } catch (const fs::filesystem_error& error) {
    throw InternalError(std::string("cannot prepare the sandbox: ") + error.what());
  }
  return to;
}

fs::path Stage::write(const std::string& name, std::string_view content) const {
  const fs::path to = root_ / name;
  std::ofstream out;
  try {
    make_parents(root_, to);
    out.open(to, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (out) fs::permissions(to, fs::perms{0755});
  } catch (const fs::filesystem_error&) {
    out.setstate(std::ios::failbit);
  }
  if (!out) throw InternalError("cannot write " + to.string() + ": is the disk full?");
  return to;
}

fs::path Stage::folder_for(int slot, const std::string& name) const {
  const fs::path folder = root_ / name;
  const Identity identity = identity_of_slot(slot);
  bool made = false;
  try {
    fs::remove_all(folder);
    make_parents(root_, folder);
    made = ::mkdir(folder.c_str(), 0700) == 0 &&
           (!identity.drop || ::chown(folder.c_str(), identity.id, identity.id) == 0);
  } catch (const fs::filesystem_error&) {
    made = false;
  }
  if (!made) throw InternalError("cannot make " + folder.string() + ": is the disk full?");
  return folder;
}

std::string read_made(const fs::path& file, std::uintmax_t limit) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat info {};
  const bool plain = descriptor >= 0 && ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) &&
                     static_cast<std::uintmax_t>(info.st_size) <= limit;
  std::string bytes(plain ? static_cast<std::size_t>(info.st_size) : 0, '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < bytes.size() &&
         (got = ::read(descriptor, bytes.data() + size, bytes.size() - size)) > 0) {
    size += static_cast<std::size_t>(got);
  }
  if (descriptor >= 0) ::close(descriptor);
  if (!plain || size != bytes.size()) {
    throw std::runtime_error("what came out is missing, no regular file, or too large");
  }
  return bytes;
}

}  // namespace tito
