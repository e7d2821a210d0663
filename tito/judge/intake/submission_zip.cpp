// A submission that is a zip file: its list of names, and the bytes of those that are asked for.

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/judge/intake/submission_files.h"

namespace tito {
namespace {

constexpr std::size_t kLongestName = 1024;

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

// "a//b" and "./a" are "a/b" and "a". Throws Rejected for a name that leads outside.
std::string clean_name(const std::string& raw) {
  if (raw.size() > kLongestName) throw Rejected("a name in the archive is too long");
  if (raw.starts_with('/') || raw.find('\\') != raw.npos || (raw.size() > 1 && raw[1] == ':')) {
    throw Rejected("the archive names a file outside itself");
  }
  std::string name;
  for (std::size_t begin = 0; begin <= raw.size();) {
    const std::size_t end = std::min(raw.find('/', begin), raw.size());
    const std::string piece = raw.substr(begin, end - begin);
    begin = end + 1;
    if (piece == "..") throw Rejected("the archive names a file outside itself");
    if (piece.empty() || piece == ".") continue;
    name += (name.empty() ? "" : "/") + piece;
  }
  return name;
}

class Zip : public SubmissionFiles {
 public:
  // The file is read once, so that what is looked at and what is read cannot differ.
  Zip(const std::filesystem::path& path, const IntakeLimits& limits) {
    if (std::filesystem::file_size(path) > limits.archive) {
      throw Rejected(fmt::format("the archive is larger than {} MB", limits.archive >> 20));
    }
    bytes_ = read_file(path, limits.archive);
    for_each([&](archive*, archive_entry* entry, const std::string& name) {
      if (kinds_.size() >= limits.entries) {
        throw Rejected(fmt::format("the archive holds more than {} files", limits.entries));
      }
      if (archive_entry_is_encrypted(entry) != 0) throw Rejected("the archive is encrypted");
      const bool plain = archive_entry_filetype(entry) == AE_IFREG &&
                         archive_entry_hardlink(entry) == nullptr &&
                         archive_entry_symlink(entry) == nullptr;
      const auto [place, is_new] = kinds_.emplace(name, plain ? Kind::kFile : Kind::kOther);
      if (!is_new && plain) place->second = Kind::kTwice;
      return true;
    });
  }

  std::string only_folder() override {
    std::set<std::string> tops;
    for (const auto& [name, kind] : kinds_) {
      // What macOS adds beside the folder that was compressed.
      if (name.starts_with("__MACOSX")) continue;
      const bool top_file = name.find('/') == name.npos && kind != Kind::kOther;
      if (top_file) return {};
      tops.insert(name.substr(0, name.find('/')));
    }
    return tops.size() == 1 ? *tops.begin() + "/" : "";
  }

  Kind kind(const std::string& name) override {
    const auto found = kinds_.find(name);
    return found == kinds_.end() ? Kind::kMissing : found->second;
  }

  std::string read(const std::string& wanted, std::uintmax_t limit) override {
    std::string text;
    for_each([&](archive* reader, archive_entry*, const std::string& name) {
      if (name != wanted) return true;
      text.resize(static_cast<std::size_t>(limit));
      std::size_t size = 0;
      la_ssize_t got = 0;
      while (size < text.size() &&
             (got = archive_read_data(reader, text.data() + size, text.size() - size)) > 0) {
        size += static_cast<std::size_t>(got);
      }
      if (got < 0) throw Rejected(name + " cannot be unpacked: the archive is damaged");
      text.resize(size);
      return false;
    });
    return text;
  }

  std::vector<std::string> names_in(const std::string& prefix) override {
    std::set<std::string> names;
    for (const auto& [name, kind] : kinds_) {
      if (name.starts_with(prefix)) {
        names.insert(name.substr(prefix.size(), name.find('/', prefix.size()) - prefix.size()));
      }
    }
    return {names.begin(), names.end()};
  }

 private:
  // Calls visit(reader, entry, name) for each entry until it returns false.
  template <typename Visit>
  void for_each(const Visit& visit) {
    const Archive reader(archive_read_new(), &archive_read_free);
    archive_read_support_format_zip(reader.get());
    if (archive_read_open_memory(reader.get(), bytes_.data(), bytes_.size()) != ARCHIVE_OK) {
      throw Rejected("this is no zip file");
    }
    archive_entry* entry = nullptr;
    int status = 0;
    while ((status = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK ||
           status == ARCHIVE_WARN) {
      const char* raw = archive_entry_pathname_utf8(entry);
      if (raw == nullptr) raw = archive_entry_pathname(entry);
      if (raw == nullptr) continue;  // not text: no name that is looked for
      const std::string name = clean_name(raw);
      if (!name.empty() && !visit(reader.get(), entry, name)) return;
    }
    if (status != ARCHIVE_EOF) throw Rejected("this is no zip file, or a damaged one");
  }

  std::string bytes_;
  std::map<std::string, Kind> kinds_;
};

}  // namespace

std::unique_ptr<SubmissionFiles> open_zip(const std::filesystem::path& path,
                                          const IntakeLimits& limits) {
  return std::make_unique<Zip>(path, limits);
}

}  // namespace tito
