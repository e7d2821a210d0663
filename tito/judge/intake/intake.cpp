#include "tito/judge/intake/intake.h"

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/terminal.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using Kind = SubmissionFiles::Kind;

constexpr std::size_t kIgnoredNamed = 8;

std::unique_ptr<SubmissionFiles> open_submission(const fs::path& path, const IntakeLimits& limits) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) throw UserError(path.string() + ": no such folder or zip file");
  if (fs::is_directory(status)) return open_folder(path);
  if (!fs::is_regular_file(status)) throw Rejected("it is neither a folder nor a zip file");
  return open_zip(path, limits);
}

TakenSource take(SubmissionFiles& files, const std::string& name, const std::string& shown,
                 const IntakeLimits& limits) {
  switch (files.kind(name)) {
    case Kind::kTwice:
      return {"", shown + " is in the archive twice"};
    case Kind::kOther:
      return {"", shown + " is not a regular file"};
    default:
      break;
  }
  TakenSource source{files.read(name, limits.source + 1), ""};
  if (source.text.size() > limits.source) {
    return {"", fmt::format("{} is larger than {} MB", shown, limits.source >> 20)};
  }
  if (source.text.find('\0') != std::string::npos) {
    return {"", shown + " is not text: it holds a zero byte"};
  }
  return source;
}

std::map<std::string, TakenSource> take_parts(SubmissionFiles& files, const Module& module,
                                              const std::string& prefix,
                                              const IntakeLimits& limits) {
  std::map<std::string, TakenSource> sources;
  for (const Part& part : module.parts) {
    const std::string name = prefix + part.source();
    if (files.kind(name) != Kind::kMissing) {
      sources[part.name] = take(files, name, part.source(), limits);
    }
  }
  return sources;
}

std::vector<std::string> passed_over(SubmissionFiles& files, const Module& module,
                                     const std::string& prefix) {
  std::vector<std::string> names;
  for (const std::string& name : files.names_in(prefix)) {
    bool wanted = name == ".stubs";
    for (const Part& part : module.parts) wanted = wanted || name == part.source();
    if (!wanted && names.size() < kIgnoredNamed) names.push_back(printable(name.substr(0, 60)));
  }
  return names;
}

}  // namespace

Intake take_in(const fs::path& path, const Module& module, const IntakeLimits& limits) {
  Intake intake;
  try {
    const auto files = open_submission(path, limits);
    const std::string room = "modules/" + module.name + "/";
    const std::string only = files->only_folder();
    std::vector<std::string> prefixes{room, ""};
    if (!only.empty()) prefixes.insert(prefixes.end(), {only + room, only});
    for (const std::string& prefix : prefixes) {
      intake.sources = take_parts(*files, module, prefix, limits);
      if (intake.sources.empty()) continue;
      intake.ignored = passed_over(*files, module, prefix);
      break;
    }
  } catch (const Rejected& reason) {
    intake.rejected = printable(reason.what());
    intake.sources.clear();
  }
  return intake;
}

std::map<std::string, TakenSource> take_earlier(const fs::path& path, const Module& module,
                                                const IntakeLimits& limits) {
  try {
    const auto files = open_submission(path, limits);
    const std::string room = "modules/" + module.name + "/";
    for (const std::string& prefix : {room, files->only_folder() + room}) {
      auto sources = take_parts(*files, module, prefix, limits);
      if (!sources.empty()) return sources;
    }
  } catch (const Rejected&) {  // take_in() has said so
  }
  return {};
}

}  // namespace tito
