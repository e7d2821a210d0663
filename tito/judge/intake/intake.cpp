#include "tito/judge/intake/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "tito/course/nearest.h"
#include "tito/judge/intake/source_names.h"
#include "tito/judge/words.h"

namespace tito {
namespace {

using Kind = SubmissionFiles::Kind;
using Entry = SubmissionFiles::Entry;

constexpr std::size_t kNamed = 8;       // of any list of names
constexpr std::size_t kNameShown = 80;  // bytes of one

std::string shown(const std::string& name) { return one_line(clip(name, kNameShown)); }

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) {
    text += (i == 0 ? "" : ", ") + shown(names[i]);
  }
  if (names.size() > kNamed) text += fmt::format(" and {} more", names.size() - kNamed);
  return text;
}

std::string folder_of(const std::string& name) { return name.substr(0, name.rfind('/') + 1); }
std::string base_of(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// The part that a name is near to, or that it holds, as "affine_final" does; or nothing.
std::string nearest_part(const std::string& stem, const std::vector<std::string>& parts) {
  const auto names = nearest(stem, parts);
  if (!names.empty()) return names.front();
  for (const std::string& part : parts) {
    if (stem.find(part) != stem.npos) return part;
  }
  return {};
}

// A file that may be the source of a part, and how sure that is.
struct Candidate {
  std::string name;
  Kind kind = Kind::kFile;
  Place place = Place::kAnywhere;
  bool exact = false;
  auto rank() const {
    const bool other = kind == Kind::kOther || kind == Kind::kFolder;
    return std::tuple(place, other, !exact, std::count(name.begin(), name.end(), '/'));
  }
};

// All the files of a submission, told apart.
class Sorting {
 public:
  Sorting(SubmissionFiles& files, const Module& module, const IntakeLimits& limits)
      : files_(files), module_(module), limits_(limits), entries_(files.all()) {
    for (const Entry& entry : entries_) listed_.insert(entry.name);
    for (const Part& part : module.parts) find_candidates(part);
  }

  // From a place at least as good as `worst`.
  std::map<std::string, TakenSource> take(Place worst, Intake* told) {
    std::map<std::string, TakenSource> sources;
    for (const Part& part : module_.parts) {
      std::vector<Candidate>& found = candidates_[part.name];
      std::erase_if(found, [&](const Candidate& one) { return one.place > worst; });
      if (!found.empty()) sources[part.name] = choose(part, found, told);
    }
    return sources;
  }

  std::vector<std::string> ignored();
  void tell_unrecognised(Intake& intake) const;

 private:
  void find_candidates(const Part& part);
  TakenSource choose(const Part& part, std::vector<Candidate>& found, Intake* told);
  TakenSource read(const std::string& name, Kind kind) const;

  SubmissionFiles& files_;
  const Module& module_;
  const IntakeLimits& limits_;
  std::vector<Entry> entries_;
  std::set<std::string> listed_;
  std::map<std::string, std::vector<Candidate>> candidates_;  // by part
  std::set<std::string> taken_;                               // names
};

void Sorting::find_candidates(const Part& part) {
  std::vector<Candidate>& found = candidates_[part.name];
  const auto add = [&](const Entry& entry) {
    Candidate candidate{entry.name, entry.kind, {}, base_of(entry.name) == part.source()};
    const bool plain = entry.kind != Kind::kOther && entry.kind != Kind::kFolder;
    if (!plain && !candidate.exact) return;
    if (place_of(folder_of(entry.name), module_, candidate.place)) found.push_back(candidate);
  };
  for (const Entry& entry : entries_) {
    if (means_part(base_of(entry.name), part)) add(entry);
  }
  // A listing that was cut may have missed the places where a source belongs.
  for (const std::string& folder : {"modules/" + module_.name + "/", std::string()}) {
    const std::string name = folder + part.source();
    const Kind kind = listed_.count(name) > 0 ? Kind::kMissing : files_.kind(name);
    if (kind != Kind::kMissing) add({name, kind});
  }
}

TakenSource Sorting::read(const std::string& name, Kind kind) const {
  switch (kind) {
    case Kind::kTwice:
      return {"", shown(name) + " is in the archive twice"};
    case Kind::kDamaged:
      return {"", shown(name) + " cannot be unpacked: it is damaged, or asks for a password"};
    case Kind::kFile:
      break;
    default:
      return {"", shown(name) + " is not a regular file"};
  }
  TakenSource source;
  try {
    source.text = files_.read(name);
  } catch (const Rejected& reason) {
    return {"", one_line(clip(reason.what(), 200))};
  }
  if (source.text.size() > limits_.source) {
    return {"", fmt::format("{} is larger than {} MB", shown(name), limits_.source >> 20)};
  }
  const bool utf16 = source.text.starts_with("\xff\xfe") || source.text.starts_with("\xfe\xff");
  if (utf16) return {"", shown(name) + " is saved as UTF-16: save it as UTF-8"};
  if (source.text.find('\0') != std::string::npos) {
    return {"", shown(name) + " is not text: it holds a zero byte"};
  }
  return source;
}

// The likeliest. Two that are as likely must be the same text, or neither is taken.
TakenSource Sorting::choose(const Part& part, std::vector<Candidate>& found, Intake* told) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& a, const Candidate& b) { return a.rank() < b.rank(); });
  const Candidate& first = found.front();
  TakenSource source = read(first.name, first.kind);
  std::vector<std::string> likely{first.name};
  bool same = true;
  for (std::size_t i = 1; i < found.size() && found[i].rank() == first.rank(); ++i) {
    likely.push_back(found[i].name);
    same = same && read(found[i].name, found[i].kind).text == source.text;
  }
  taken_.insert(likely.begin(), likely.end());
  if (!same) {
    return {"", fmt::format("{} could be {}: hand in one of them", part.source(), listed(likely))};
  }
  if (told != nullptr && !first.exact) {
    told->notes.push_back(fmt::format("{} was taken for {}", shown(first.name), part.source()));
  }
  return source;
}

// Junk and odd names wherever they are, and whatever stands beside the sources.
std::vector<std::string> Sorting::ignored() {
  std::set<std::string> junk, beside, folders;
  for (const std::string& name : taken_) folders.insert(folder_of(name));
  for (const Entry& entry : entries_) {
    for (std::size_t end = 0; end != entry.name.npos && end < entry.name.size();) {
      const std::size_t begin = end == 0 ? 0 : end + 1;
      end = entry.name.find('/', begin);
      const std::string piece = entry.name.substr(begin, end - begin);
      if (is_junk(piece) && piece != ".stubs") junk.insert(entry.name.substr(0, end));
      if (is_junk(piece)) break;
      const bool in_folder = folders.count(entry.name.substr(0, begin)) > 0;
      if (in_folder && taken_.count(entry.name) == 0) beside.insert(piece);
    }
  }
  for (const auto& [part, found] : candidates_) {
    for (const Candidate& one : found) {
      if (taken_.count(one.name) == 0) beside.insert(one.name);
    }
  }
  // A folder on the way to a source is not beside it.
  for (const std::string& name : taken_) {
    for (auto at = name.find('/'); at != name.npos; at = name.find('/', at + 1)) {
      beside.erase(base_of(name.substr(0, at)));
    }
  }
  std::vector<std::string> names(junk.begin(), junk.end());
  for (const std::string& name : files_.odd_names()) names.push_back(name);
  names.insert(names.end(), beside.begin(), beside.end());
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) lines.push_back(shown(names[i]));
  if (names.size() > kNamed) lines.push_back(fmt::format("and {} more", names.size() - kNamed));
  return lines;
}

// One message when there are files and none of them is a source of the module; one of the names
// that are near when parts are missing.
void Sorting::tell_unrecognised(Intake& intake) const {
  std::vector<std::string> missing, expected, sources_found, others, near;
  for (const Part& part : module_.parts) {
    expected.push_back(part.source());
    if (intake.sources.count(part.name) == 0) missing.push_back(part.name);
  }
  for (const Entry& entry : entries_) {
    const std::string base = base_of(entry.name);
    Place place{};
    if (entry.kind == Kind::kFolder || is_junk(base) || taken_.count(entry.name) > 0 ||
        !place_of(folder_of(entry.name), module_, place)) {
      continue;
    }
    (is_source_name(base) ? sources_found : others).push_back(entry.name);
    if (!is_source_name(base) || place == Place::kLastResort || near.size() >= kNamed) continue;
    const std::string meant = nearest_part(plain_stem(base), missing);
    if (meant.empty()) continue;
    near.push_back(fmt::format("{}.cpp for {}", meant, base));
    intake.nearest.emplace(meant, shown(entry.name));
  }
  const std::string nearest_names = near.empty() ? "" : "; nearest: " + listed(near);
  if (!intake.sources.empty()) {
    if (!near.empty()) intake.notes.push_back("some sources were not recognised" + nearest_names);
    return;
  }
  sources_found.insert(sources_found.end(), others.begin(), others.end());
  if (sources_found.empty()) return;
  intake.notes.push_back(fmt::format("no source of {} was recognised: found {}; expected {}{}",
                                     module_.name, listed(sources_found), fmt::join(expected, ", "),
                                     nearest_names));
}

}  // namespace

Intake take_in(SubmissionFiles& files, const Module& module, const IntakeLimits& limits) {
  Intake intake;
  Sorting sorting(files, module, limits);
  intake.sources = sorting.take(Place::kLastResort, &intake);
  intake.ignored = sorting.ignored();
  sorting.tell_unrecognised(intake);
  return intake;
}

Intake take_in(const std::filesystem::path& path, const Module& module,
               const IntakeLimits& limits) {
  Intake intake;
  try {
    return take_in(*open_submission(path, limits), module, limits);
  } catch (const Rejected& reason) {
    intake.rejected = one_line(clip(reason.what(), 300));
  }
  return intake;
}

std::map<std::string, TakenSource> take_earlier(SubmissionFiles& files, const Module& module,
                                                const IntakeLimits& limits) {
  return Sorting(files, module, limits).take(Place::kModule, nullptr);
}

}  // namespace tito
