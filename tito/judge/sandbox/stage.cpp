#include "tito/judge/sandbox/stage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "tito/base/error.h"
#include "tito/judge/sandbox/identity.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

Stage::Stage() {
  std::string name = (temporary_folder() / "tito-grade-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw InternalError("cannot make a temporary folder: " +
                        std::generic_category().message(errno));
  }
  root_ = name;
  ::chmod(root_.c_str(), 0711);
}

Stage::~Stage() {
  std::error_code error;
  fs::remove_all(root_, error);
}

fs::path Stage::copy(const fs::path& file, const std::string& name) const {
  const fs::path to = root_ / name;
  try {
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
  make_parents(root_, to);
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) throw InternalError("cannot write " + to.string() + ": is the disk full?");
  fs::permissions(to, fs::perms{0755});
  return to;
}

fs::path Stage::folder_for(int slot, const std::string& name) const {
  const fs::path folder = root_ / name;
  fs::remove_all(folder);
  make_parents(root_, folder);
  const Identity identity = identity_of_slot(slot);
  if (::mkdir(folder.c_str(), 0700) != 0 ||
      (identity.drop && ::chown(folder.c_str(), identity.id, identity.id) != 0)) {
    throw InternalError("cannot make " + folder.string());
  }
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
