#include "tito/learner/state.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/lock.h"
#include "tito/base/terminal.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kVersion = 1;

fs::path state_path(const fs::path& root) { return root / ".tito" / "state.json"; }

json to_json(const State& state) {
  json modules = json::object();
  for (const auto& [name, progress] : state.modules) {
    modules[name] = {{"tasks", progress.tasks}, {"sources", progress.sources}};
  }
  return {{"version", kVersion},
          {"current_module", state.current_module},
          {"modules", modules},
          {"hints", state.hints},
          {"rebuild", state.rebuild}};
}

State from_json(const json& document) {
  State state;
  state.current_module = document.at("current_module");
  state.hints = document.at("hints").get<std::map<std::string, int>>();
  state.rebuild = document.at("rebuild");
  for (const auto& [name, entry] : document.at("modules").items()) {
    state.modules[name] = {entry.at("tasks").get<std::map<std::string, std::string>>(),
                           entry.at("sources")};
  }
  return state;
}

State set_aside(const fs::path& path, const std::string& why) {
  fs::path aside;
  for (int n = 1; aside.empty() || fs::exists(aside); ++n)
    aside = path.string() + fmt::format(".corrupt-{}", n);
  fs::rename(path, aside);
  fmt::print(stderr,
             "{} .tito/state.json was damaged ({}) and is set aside as {}.\n"
             "  Your sources are untouched; progress is rebuilt by testing them again.\n",
             paint(Colour::kYellow, "notice:"), printable(why), aside.filename().string());
  State state;
  state.rebuild = true;
  write_file_atomically(path, to_json(state).dump(2) + '\n');
  return state;
}

}  // namespace

State load_state(const fs::path& root) {
  const fs::path path = state_path(root);
  if (!fs::exists(path)) return {};
  std::optional<json> document;
  try {
    document = json::parse(read_file(path));
    if (document->at("version").get<int>() == kVersion) return from_json(*document);
  } catch (const std::exception& error) {
    return set_aside(path, std::string(error.what()).substr(0, 120));
  }
  throw UserError(fmt::format(
      "{} has version {}, this tito knows version {}: update tito, or move the file away",
      path.string(), document->at("version").dump(), kVersion));
}

void update_state(const fs::path& root, const std::function<void(State&)>& change) {
  const FileLock lock(root / ".tito" / "lock");
  State state = load_state(root);
  const std::string before = to_json(state).dump(2);
  change(state);
  const std::string after = to_json(state).dump(2);
  if (after != before || !fs::exists(state_path(root)))
    write_file_atomically(state_path(root), after + '\n');
}

std::string sources_digest(const Course& course, const Module& module) {
  std::string all;
  for (const auto& part : module.parts) {
    const auto path = course.learner_source(module, part);
    std::string content;
    try {
      content = read_file(path);
    } catch (const UserError&) {
    }
    all += part.name + ' ' + sha256(content) + '\n';
  }
  return sha256(all);
}

void remember(const Course& course, const ModuleVerdict& verdict) {
  if (verdict.cancelled) return;
  const Module& module = *verdict.module;
  const std::string digest = sources_digest(course, module);
  update_state(course.root, [&](State& state) {
    auto& progress = state.modules[module.name];
    // Verdicts of other tasks hold only for the sources they were found with.
    if (progress.sources != digest) progress.tasks.clear();
    progress.sources = digest;
    for (const auto& task : verdict.tasks) progress.tasks[task.task->id] = to_string(task.status);
  });
}

std::string status_of(const ModuleProgress& progress, const Task& task) {
  const auto found = progress.tasks.find(task.id);
  return found == progress.tasks.end() ? "" : found->second;
}

ProgressSummary summarize(const Course& course, const Module& module, const State& state) {
  ProgressSummary summary;
  const auto found = state.modules.find(module.name);
  summary.tested = found != state.modules.end();
  summary.edited_since = summary.tested && found->second.sources != sources_digest(course, module);
  for (const auto& part : module.parts) {
    for (const auto& task : part.tasks) {
      summary.add(part, task, summary.tested && status_of(found->second, task) == "pass");
    }
  }
  return summary;
}

}  // namespace tito
