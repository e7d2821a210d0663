#include "tito/package/write.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>

#include "tito/base/error.h"
#include "tito/base/files.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

constexpr time_t kFixedTime = 946684800;  // 2000-01-01: before anything that is built from it

// A zip file holds local times: for as long as one of these lives, local is universal.
class UniversalTime {
 public:
  UniversalTime() {
    if (const char* zone = std::getenv("TZ")) before_ = zone;
    ::setenv("TZ", "UTC0", 1);
    ::tzset();
  }
  ~UniversalTime() {
    before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }
  UniversalTime(const UniversalTime&) = delete;
  UniversalTime& operator=(const UniversalTime&) = delete;

 private:
  std::optional<std::string> before_;
};

la_ssize_t append(archive*, void* to, const void* bytes, size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

void must(int status, archive* writer) {
  if (status == ARCHIVE_OK) return;
  const char* text = archive_error_string(writer);
  throw InternalError(std::string("cannot write the zip file: ") + (text == nullptr ? "" : text));
}

void add(archive* writer, const PackageFile& file, const std::string& top) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       &archive_entry_free);
  const std::string name = top + "/" + file.name;
  archive_entry_set_pathname_utf8(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), file.executable ? 0755 : 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
  archive_entry_set_mtime(entry.get(), kFixedTime, 0);
  must(archive_write_header(writer, entry.get()), writer);
  const la_ssize_t put = archive_write_data(writer, file.content.data(), file.content.size());
  if (put != static_cast<la_ssize_t>(file.content.size())) must(ARCHIVE_FATAL, writer);
}

}  // namespace

std::string zip_of(const std::vector<PackageFile>& files, const std::string& top) {
  const UniversalTime same_everywhere;
  std::string bytes;
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(),
                                                           &archive_write_free);
  must(archive_write_set_format_zip(writer.get()), writer.get());
  must(archive_write_open(writer.get(), &bytes, nullptr, &append, nullptr), writer.get());
  for (const PackageFile& file : files) add(writer.get(), file, top);
  must(archive_write_close(writer.get()), writer.get());
  return bytes;
}

void write_folder(const std::vector<PackageFile>& files, const fs::path& folder) {
  if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder))) {
    throw UserError(folder.string() + " is there already and not empty; name another with -o");
  }
  const fs::path partial = folder.string() + ".partial-" + std::to_string(::getpid());
  try {
    for (const PackageFile& file : files) {
      const fs::path path = partial / file.name;
      write_file_atomically(path, file.content);
      fs::permissions(path, file.executable ? fs::perms{0755} : fs::perms{0644});
    }
    if (fs::exists(folder)) fs::remove(folder);
    fs::rename(partial, folder);
  } catch (...) {
    std::error_code error;
    fs::remove_all(partial, error);
    throw;
  }
}

}  // namespace tito
