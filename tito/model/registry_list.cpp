// tito registry list, show and validate: what there is, and whether it is in order.

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/gate/figures.h"
#include "tinytorch/registry/open.h"
#include "tinytorch/registry/registry_file.h"
#include "tinytorch/registry/validate.h"
#include "tito/base/terminal.h"
#include "tito/model/registry_verbs.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

using nlohmann::ordered_json;
using tinytorch::concat;
namespace fs = std::filesystem;
namespace registry = tinytorch::registry;

constexpr int kWidth = 80;

fs::path folder_of(const fs::path& path) {
  const fs::path file = registry::registry_file(path);
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

// The entry as a row; a sidecar that cannot be read shows as one.
std::vector<std::string> row_of(const fs::path& folder, const registry::Entry& entry) {
  std::string drop = "-";
  std::string loads = name(entry.quant_mode);
  try {
    const registry::Sidecar sidecar = registry::read_sidecar(folder, entry);
    if (sidecar.quantization) {
      drop = concat(sidecar.quantization->metric, " ",
                    tinytorch::pipeline::figure(sidecar.quantization->drop));
    }
    if (!registry::over_budget(entry, sidecar).empty()) loads = "fp32 (over budget)";
  } catch (const tinytorch::Error&) {
    loads = "nothing: see validate";
  }
  return {entry.id, name(entry.kind), name(entry.quant_mode), shorten(drop, 18), loads};
}

int list(const Arguments& arguments) {
  const fs::path path = registry_of(arguments);
  const registry::Registry all = registry::read_registry(path);
  if (arguments.has("--json")) {
    std::fputs(to_json(all).c_str(), stdout);
    return 0;
  }
  Table table;
  table.header = {"id", "kind", "mode", "drop", "loads"};
  for (const registry::Entry& entry : all.models) {
    table.rows.push_back(row_of(folder_of(path), entry));
  }
  std::fputs(render(fold_last_column(table, kWidth, 2)).c_str(), stdout);
  return 0;
}

int show(const Arguments& arguments) {
  const registry::Opened opened = registry::open(registry_of(arguments), arguments.only("ID"));
  registry::Registry one{.models = {opened.entry}};
  ordered_json json = ordered_json::parse(to_json(one))["models"][0];
  json["loads"] = name(opened.mode);
  json["file"] = opened.file;
  if (!opened.over_budget.empty()) json["over_budget"] = opened.over_budget;
  const ordered_json sidecar = ordered_json::parse(to_json(opened.sidecar));
  for (const auto& [key, value] : sidecar.items()) {
    if (!json.contains(key)) json[key] = value;
  }
  const auto text = [](const ordered_json& value) {
    return printable(value.is_string() ? value.get<std::string>() : value.dump());
  };
  if (arguments.has("--json")) {
    std::printf("%s\n", json.dump(2).c_str());
    return 0;
  }
  Table table;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_object()) {
      table.rows.push_back({key, text(value)});
      continue;
    }
    for (const auto& [inner, figure] : value.items()) table.rows.push_back({inner, text(figure)});
  }
  std::fputs(render(fold_last_column(table, kWidth, 2)).c_str(), stdout);
  return 0;
}

int validate(const Arguments& arguments) {
  const fs::path path = registry_of(arguments);
  const std::vector<registry::Finding> findings = registry::validate(path);
  for (const registry::Finding& finding : findings) {
    std::printf("%s: %s\n", printable(finding.place).c_str(), printable(finding.problem).c_str());
  }
  const std::string file = registry::registry_file(path).string();
  if (findings.empty()) {
    const std::size_t count = registry::read_registry(path).models.size();
    std::printf("%s: %zu model%s, all in order\n", file.c_str(), count, count == 1 ? "" : "s");
    return 0;
  }
  std::printf("%s: %zu finding%s\n", file.c_str(), findings.size(),
              findings.size() == 1 ? "" : "s");
  return 1;
}

}  // namespace

Verb registry_list_verb() {
  return {"registry", "list", "List the models",
          "[--registry PATH] [--json]\n  What each entry is, and what opening it loads.\n",
          [](const std::vector<std::string>& words) {
            return list(Arguments(words, {"--json"}, {"--registry"}));
          }};
}

Verb registry_show_verb() {
  return {"registry", "show", "Open, check and describe one model",
          "ID [--registry PATH] [--json]\n  Opens the model as a program would, hash and all.\n",
          [](const std::vector<std::string>& words) {
            return show(Arguments(words, {"--json"}, {"--registry"}));
          }};
}

Verb registry_validate_verb() {
  return {"registry", "validate", "Schema, hashes, operators, sidecars, stray files",
          "[--registry PATH]\n  Exit status 0 when all is in order, 1 with findings.\n",
          [](const std::vector<std::string>& words) {
            return validate(Arguments(words, {}, {"--registry"}));
          }};
}

}  // namespace tito::model
