#include "tinytorch/registry/validate.h"

#include <algorithm>
#include <set>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/data/path_jail.h"
#include "tinytorch/onnx/import/describe_model.h"
#include "tinytorch/registry/json_schema.h"
#include "tinytorch/registry/open.h"
#include "tinytorch/registry/registry_file.h"

namespace tinytorch::registry {
namespace {

namespace fs = std::filesystem;

bool uses(const onnx::ModelDescription& model, std::string_view op) {
  return std::binary_search(model.operators.begin(), model.operators.end(), op);
}

// Whether the graph computes in the way that the mode promises.
bool computes_as(QuantMode mode, const onnx::ModelDescription& model) {
  const bool on_the_fly = uses(model, "DynamicQuantizeLinear");
  const bool calibrated =
      uses(model, "QuantizeLinear") || uses(model, "QLinearConv") || uses(model, "QLinearMatMul");
  if (mode == QuantMode::kDynamic) return on_the_fly;
  return mode == QuantMode::kFp32 ? !on_the_fly && !calibrated : calibrated && !on_the_fly;
}

class Validation {
 public:
  explicit Validation(const fs::path& registry)
      : file_(registry_file(registry)),
        folder_(file_.has_parent_path() ? file_.parent_path() : fs::path(".")) {}

  std::vector<Finding> run() {
    const std::string text = data::read_file(file_.string(), kLargestRegistry);
    for (const Violation& wrong :
         at_place(file_.string(), [&] { return violations(text, registry_schema()); })) {
      add(wrong.place.empty() ? file_.string() : wrong.place, wrong.message);
    }
    if (!found_.empty()) return std::move(found_);  // what follows relies on the schema
    const Registry registry = parse_registry(text, file_.string());
    std::set<std::string> ids;
    for (const Entry& entry : registry.models) {
      if (!ids.insert(entry.id).second) add(entry.id, "the id stands twice");
      check(entry);
    }
    find_unlisted();
    return std::move(found_);
  }

 private:
  void add(const std::string& place, const std::string& problem) {
    found_.push_back({place, problem});
  }

  // What throws becomes a finding of `entry`.
  template <typename Step>
  void attempt(const Entry& entry, Step step) {
    try {
      step();
    } catch (const Error& error) {
      add(entry.id, error.what());
    }
  }

  void check(const Entry& entry) {
    listed_.insert({entry.onnx, entry.sidecar()});
    std::optional<onnx::ModelDescription> model;
    attempt(entry, [&] { model = checked(entry, entry.onnx, entry.sha256, QuantMode::kFp32); });
    if (entry.is_quantized()) {
      listed_.insert(entry.int8_onnx());
      attempt(entry,
              [&] { checked(entry, entry.int8_onnx(), *entry.int8_sha256, entry.quant_mode); });
    } else if (fs::exists(folder_ / entry.int8_onnx())) {
      listed_.insert(entry.int8_onnx());
      add(entry.id, concat(entry.int8_onnx(), " is there, but quant_mode is fp32"));
    }
    if (entry.sigstore_bundle) {
      listed_.insert(*entry.sigstore_bundle);
      attempt(entry, [&] { data::path_inside(folder_, *entry.sigstore_bundle); });
    }
    attempt(entry, [&] {
      const Sidecar sidecar = read_sidecar(folder_, entry);
      if (model) compare_ends(entry, sidecar, *model);
    });
  }

  onnx::ModelDescription checked(const Entry& entry, const std::string& name,
                                 const std::string& sha256, QuantMode mode) {
    const std::string bytes = checked_model(folder_, name, sha256);
    onnx::ModelDescription model = onnx::describe_model(bytes, name);
    if (entry.opset && *entry.opset != model.opset()) {
      add(entry.id,
          concat(name, ": operator set ", model.opset(), ", the entry says ", *entry.opset));
    }
    if (!computes_as(mode, model)) {
      add(entry.id,
          concat(name, ": its operators do not compute as mode ", registry::name(mode), " does"));
    }
    return model;
  }

  void compare_ends(const Entry& entry, const Sidecar& sidecar,
                    const onnx::ModelDescription& model) {
    const auto compare = [&](const char* what, const std::optional<std::string>& said,
                             const std::vector<onnx::ValueDescription>& values) {
      if (!said) return;
      for (const onnx::ValueDescription& value : values) {
        if (value.name == *said) return;
      }
      add(entry.id, concat(entry.sidecar(), ": ", what, " is ", *said,
                           ", a name that the model does not have"));
    };
    compare("input_name", sidecar.input_name, model.inputs);
    compare("output_name", sidecar.output_name, model.outputs);
  }

  void find_unlisted() {
    const std::set<std::string> known{file_.filename().string(), "registry.schema.json",
                                      "sidecar.schema.json"};
    std::vector<std::string> stray;
    for (const auto& item : fs::recursive_directory_iterator(folder_)) {
      if (item.is_directory() && !item.is_symlink()) continue;
      const std::string name = item.path()
                                   .lexically_normal()
                                   .lexically_relative(folder_.lexically_normal())
                                   .generic_string();
      const fs::path ending = item.path().extension();
      // Texts and reports for people.
      if (ending == ".md" || ending == ".html" || ending == ".txt") continue;
      if (name.ends_with("result.json") || known.contains(name) || is_listed(name)) continue;
      stray.push_back(name);
    }
    std::sort(stray.begin(), stray.end());
    for (const std::string& name : stray) add(name, "belongs to no entry");
  }

  bool is_listed(const std::string& name) const {
    return std::any_of(listed_.begin(), listed_.end(), [&](const std::string& listed) {
      return fs::path(listed).lexically_normal().generic_string() == name;
    });
  }

  fs::path file_;
  fs::path folder_;
  std::set<std::string> listed_;
  std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> validate(const fs::path& registry) { return Validation(registry).run(); }

}  // namespace tinytorch::registry
