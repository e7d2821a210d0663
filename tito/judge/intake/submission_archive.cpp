// A submission that is a zip file or a tar ball: its list of names, and the sources among them, all
// taken in one pass.

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "tito/judge/intake/source_names.h"
#include "tito/judge/intake/submission_files.h"

namespace tito {
namespace {

constexpr std::size_t kLongestName = 1024;
constexpr std::uintmax_t kAllSources = 64u << 20;

using Reader = std::unique_ptr<archive, int (*)(archive*)>;
using Kind = SubmissionFiles::Kind;

bool is_outside(const std::string& name) {
  const bool drive = name.size() > 2 && std::isalpha(static_cast<unsigned char>(name[0])) != 0 &&
                     name[1] == ':' && name[2] == '/';
  return name.starts_with('/') || drive;
}

// "a//b" and "./a" are "a/b" and "a", and so is what a Windows program wrote as "a\b". Throws
// Rejected for a name that leads outside.
std::string clean_name(std::string raw) {
  std::replace(raw.begin(), raw.end(), '\\', '/');
  bool outside = is_outside(raw);
  std::string name;
  for (std::size_t begin = 0; begin <= raw.size();) {
    const std::size_t end = std::min(raw.find('/', begin), raw.size());
    const std::string piece = raw.substr(begin, end - begin);
    begin = end + 1;
    outside = outside || piece == "..";
    if (piece.empty() || piece == ".") continue;
    name += (name.empty() ? "" : "/") + piece;
  }
  if (outside) throw Rejected("the archive names a file outside itself");
  return name;
}

Kind kind_of(archive_entry* entry) {
  if (archive_entry_is_encrypted(entry) != 0) return Kind::kDamaged;
  if (archive_entry_filetype(entry) == AE_IFDIR) return Kind::kFolder;
  const bool plain = archive_entry_filetype(entry) == AE_IFREG &&
                     archive_entry_hardlink(entry) == nullptr &&
                     archive_entry_symlink(entry) == nullptr;
  return plain ? Kind::kFile : Kind::kOther;
}

class Archive : public SubmissionFiles {
 public:
  Archive(const std::string& bytes, const IntakeLimits& limits) : limits_(limits) {
    if (bytes.size() > limits.archive) {
      throw Rejected(fmt::format("the archive is larger than {} MB: leave out build folders",
                                 limits.archive >> 20));
    }
    zip_ = bytes.starts_with("PK");
    const Reader reader(archive_read_new(), &archive_read_free);
    open(reader.get());
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) damaged();
    archive_entry* entry = nullptr;
    int status = 0;
    while ((status = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK ||
           status == ARCHIVE_WARN) {
      take(reader.get(), entry);
    }
    if (status != ARCHIVE_EOF || (!zip_ && seen_ == 0)) damaged();
  }

  std::vector<Entry> all() override {
    std::vector<Entry> entries;
    for (const auto& [name, kind] : kinds_) entries.push_back({name, kind});
    return entries;
  }
  Kind kind(const std::string& name) override {
    const auto found = kinds_.find(name);
    return found == kinds_.end() ? Kind::kMissing : found->second;
  }
  std::string read(const std::string& name) override { return texts_[name]; }
  std::vector<std::string> odd_names() override { return {odd_.begin(), odd_.end()}; }

 private:
  [[noreturn]] void damaged() const {
    throw Rejected(zip_ ? "this is no zip file, or a damaged one"
                        : "this is no tar ball, or a damaged one");
  }

  // A zip is read by the directory at its end, which tells where each file lies: what is passed
  // over is not inflated. One without a directory could only be read by inflating all of it.
  void open(archive* reader) const {
    if (zip_) {
      archive_read_support_format_zip_seekable(reader);
      return;
    }
    archive_read_support_format_tar(reader);
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_bzip2(reader);
    archive_read_support_filter_xz(reader);
  }

  void take(archive* reader, archive_entry* entry) {
    if (++seen_ > limits_.entries) {
      throw Rejected(fmt::format("the archive holds more than {} files", limits_.entries));
    }
    const char* raw = archive_entry_pathname_utf8(entry);
    if (raw == nullptr) raw = archive_entry_pathname(entry);
    if (raw == nullptr || std::string_view(raw).size() > kLongestName) {
      odd_.insert(raw == nullptr ? "a name that is no text" : std::string(raw, kLongestName));
      pass_over(reader);
      return;
    }
    const std::string name = clean_name(raw);
    if (name.empty()) return;
    Kind kind = kind_of(entry);
    const auto place = kinds_.find(name);
    const bool twice = place != kinds_.end() && kind == Kind::kFile;
    const bool wanted =
        kind == Kind::kFile && !twice && is_source_name(name.substr(name.rfind('/') + 1));
    if (wanted && !read_text(reader, texts_[name])) kind = Kind::kDamaged;
    if (!wanted) pass_over(reader);
    kinds_[name] = twice ? Kind::kTwice : kind;
  }

  bool read_text(archive* reader, std::string& text) {
    text.resize(static_cast<std::size_t>(limits_.source) + 1);
    std::size_t size = 0;
    la_ssize_t got = 0;
    while (size < text.size() &&
           (got = archive_read_data(reader, text.data() + size, text.size() - size)) > 0) {
      size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    text.shrink_to_fit();
    sources_ += size;
    if (sources_ > kAllSources) {
      throw Rejected(fmt::format("its sources are larger than {} MB", kAllSources >> 20));
    }
    unpacked_ += size;
    pass_over(reader);
    return got >= 0;
  }

  // What a tar ball passes over is inflated all the same, so it is counted.
  void pass_over(archive* reader) {
    if (zip_) return;
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    while (archive_read_data_block(reader, &block, &size, &offset) == ARCHIVE_OK) {
      unpacked_ += size;
      if (unpacked_ > limits_.unpacked) {
        throw Rejected(
            fmt::format("the archive unpacks to more than {} MB: leave out build folders",
                        limits_.unpacked >> 20));
      }
    }
  }

  IntakeLimits limits_;
  bool zip_ = false;
  std::size_t seen_ = 0;
  std::uintmax_t sources_ = 0;
  std::uintmax_t unpacked_ = 0;
  std::map<std::string, Kind> kinds_;
  std::map<std::string, std::string> texts_;
  std::set<std::string> odd_;
};

}  // namespace

std::unique_ptr<SubmissionFiles> open_archive(const std::string& bytes,
                                              const IntakeLimits& limits) {
  return std::make_unique<Archive>(bytes, limits);
}

}  // namespace tito
