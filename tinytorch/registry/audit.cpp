#include "tinytorch/registry/audit.h"

#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/data/path_jail.h"
#include "tinytorch/onnx/import/describe_model.h"
#include "tinytorch/registry/registry_file.h"
#include "tinytorch/registry/sha256.h"

namespace tinytorch::registry {
namespace {

namespace fs = std::filesystem;

class Audit {
 public:
  Audit(fs::path folder, const Entry& entry, double tolerance, std::vector<Audited>& rows)
      : folder_(std::move(folder)), entry_(entry), tolerance_(tolerance), rows_(rows) {}

  void run(const Measure& measure) {
    Sidecar sidecar;
    try {
      sidecar = read_sidecar(folder_, entry_);
    } catch (const Error& error) {
      add("sidecar", "readable", error.what(), true);
    }
    const std::string fp32 = file("sha256", entry_.onnx, entry_.sha256);
    const std::string int8 =
        entry_.is_quantized() ? file("int8_sha256", entry_.int8_onnx(), *entry_.int8_sha256) : "";
    const QuantFigures figures = sidecar.quantization.value_or(QuantFigures{});
    size("fp32_bytes", figures.fp32_bytes, fp32);
    size("int8_bytes", figures.int8_bytes, int8);
    if (sidecar.n_params && !fp32.empty()) {
      const auto count = onnx::describe_model(fp32, entry_.onnx).parameters();
      add("n_params", concat(*sidecar.n_params), concat(count), *sidecar.n_params != count);
    }
    if (!measure || !sidecar.quantization || fp32.empty()) return;
    if (entry_.is_quantized() && int8.empty()) return;
    figures_again(measure, sidecar, fp32, int8);
  }

 private:
  void add(const char* figure, std::string recorded, std::string measured, bool drifted) {
    rows_.push_back({entry_.id, figure, std::move(recorded), std::move(measured), drifted});
  }

  // The file's bytes, where it is what was registered; otherwise nothing, and a row that says so.
  std::string file(const char* figure, const std::string& name, const std::string& sha256) {
    try {
      std::string bytes =
          data::read_file(data::path_inside(folder_, name).string(), kLargestModelFile);
      const std::string found = sha256_hex(bytes);
      add(figure, sha256, found, found != sha256);
      return found == sha256 ? bytes : "";
    } catch (const Error& error) {
      add(figure, sha256, error.what(), true);
      return "";
    }
  }

  void size(const char* figure, const std::optional<std::int64_t>& recorded,
            const std::string& bytes) {
    if (!recorded || bytes.empty()) return;
    add(figure, concat(*recorded), concat(bytes.size()),
        *recorded != static_cast<std::int64_t>(bytes.size()));
  }

  void number(const char* figure, const std::optional<double>& recorded, double measured) {
    const bool drifted = recorded && !(std::abs(*recorded - measured) <= tolerance_);
    add(figure, recorded ? concat(*recorded) : "", concat(measured), drifted);
  }

  void figures_again(const Measure& measure, const Sidecar& sidecar, const std::string& fp32,
                     const std::string& int8) {
    const QuantFigures& figures = *sidecar.quantization;
    try {
      const std::optional<Measured> now = measure(entry_, sidecar, fp32, int8);
      if (!now)
        return add("drop", concat(figures.drop), "not measured: its data are not here", false);
      if (!now->missing.empty()) return add("drop", concat(figures.drop), now->missing, false);
      number("fp32", figures.fp32, now->fp32);
      if (!entry_.is_quantized()) return;
      number("int8", figures.int8, now->int8);
      number("drop", figures.drop, now->drop);
    } catch (const Error& error) {
      add("drop", concat(figures.drop), error.what(), true);
    }
  }

  fs::path folder_;
  const Entry& entry_;
  double tolerance_;
  std::vector<Audited>& rows_;
};

}  // namespace

std::vector<Audited> audit(const fs::path& registry, const Measure& measure, double tolerance) {
  const fs::path file = registry_file(registry);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const Registry all = read_registry(file);
  std::vector<Audited> rows;
  for (const Entry& entry : all.models) Audit(folder, entry, tolerance, rows).run(measure);
  return rows;
}

}  // namespace tinytorch::registry
