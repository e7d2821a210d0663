// tito registry audit: every figure of every entry measured again, in ONNX Runtime on the recipe's
// held-out data.

#include <algorithm>
#include <cstdio>

#ifdef MODELS_WITH_ONNXRUNTIME
#include "peers/onnxruntime_session.h"
#endif
#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/data/model_data.h"
#include "tinytorch/pipeline/gate/metrics.h"
#include "tinytorch/pipeline/recipe/read_recipe.h"
#include "tinytorch/registry/audit.h"
#include "tito/base/terminal.h"
#include "tito/model/registry_verbs.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

namespace fs = std::filesystem;
namespace pipeline = tinytorch::pipeline;
namespace registry = tinytorch::registry;
using tinytorch::concat;
using tinytorch::Tensor;

#ifdef MODELS_WITH_ONNXRUNTIME
constexpr std::int64_t kBatch = 64;

// The model's answers to `inputs`, at the level that fuses integer layers.
Tensor answers(const std::string& model, const registry::Sidecar& sidecar, const Tensor& inputs) {
  if (!sidecar.output_shape || !sidecar.input_name || !sidecar.output_name) {
    throw tinytorch::Error("the sidecar does not say what the model takes and gives");
  }
  std::vector<std::int64_t> sizes;
  for (const std::string& size : *sidecar.output_shape) {
    if (sizes.empty()) {
      sizes.push_back(inputs.size(0));
    } else if (size.find_first_not_of("0123456789") == std::string::npos && size.size() < 10) {
      sizes.push_back(std::stoll(size));
    } else {
      throw tinytorch::Error(concat("the size ", size, " of the output is not a number"));
    }
  }
  Tensor all{tinytorch::Shape(sizes)};
  const std::int64_t rows = inputs.size(0);
  const std::int64_t in_row = inputs.numel() / rows;
  const std::int64_t out_row = all.numel() / rows;
  peers::OnnxRuntimeSession session(model, peers::Optimization::kAll);
  const std::span<const float> from = inputs.data();
  const std::span<float> to = all.data();
  for (std::int64_t first = 0; first < rows; first += kBatch) {
    const std::int64_t count = std::min(kBatch, rows - first);
    std::vector<std::int64_t> in_shape = inputs.shape().sizes();
    std::vector<std::int64_t> out_shape = sizes;
    in_shape.front() = out_shape.front() = count;
    session.bind_input(*sidecar.input_name,
                       from.subspan(static_cast<std::size_t>(first * in_row),
                                    static_cast<std::size_t>(count * in_row)),
                       in_shape);
    session.bind_output(*sidecar.output_name,
                        to.subspan(static_cast<std::size_t>(first * out_row),
                                   static_cast<std::size_t>(count * out_row)),
                        out_shape);
    session.run();
  }
  return all;
}

std::optional<registry::Measured> measure(const registry::Entry& entry,
                                          const registry::Sidecar& sidecar, const std::string& fp32,
                                          const std::string& int8) {
  const registry::QuantFigures& figures = *sidecar.quantization;
  const fs::path recipe = project_file(figures.recipe.value_or(""));
  // Bits per byte are sums over a text, which no row of answers gives.
  if (!figures.recipe || !fs::is_regular_file(recipe) || figures.metric == "bpb") {
    return std::nullopt;
  }
  pipeline::Recipe read = pipeline::read_recipe(recipe.string());
  if (read.data.cross_validate) {
    return registry::Measured{.missing = "not measured: models of other folds are not kept"};
  }
  if (entry.smoke.value_or(false)) read = pipeline::smoke_variant(read);
  const pipeline::ModelData data = pipeline::load_data(read);
  const pipeline::Metric metric = pipeline::metric_named(figures.metric);
  const Tensor floats = answers(fp32, sidecar, data.fixture_raw);
  const Tensor& targets = pipeline::needs_labels(metric) ? data.fixture_targets : floats;
  registry::Measured now{.fp32 = pipeline::measure(metric, floats, targets)};
  if (!entry.is_quantized()) return now;
  now.int8 = pipeline::measure(metric, answers(int8, sidecar, data.fixture_raw), targets);
  now.drop = pipeline::drop(metric, now.fp32, now.int8);
  return now;
}

#else
// Without ONNX Runtime the files alone are audited, and each metric is said not to be measured.
std::optional<registry::Measured> measure(const registry::Entry&, const registry::Sidecar&,
                                          const std::string&, const std::string&) {
  return std::nullopt;
}
#endif

int audit(const Arguments& arguments) {
  const registry::Measure again = arguments.has("--files") ? registry::Measure{} : measure;
  const std::vector<registry::Audited> rows = registry::audit(registry_of(arguments), again);
  Table table;
  table.header = {"", "id", "figure", "recorded", "now"};
  std::size_t drifted = 0;
  for (const registry::Audited& row : rows) {
    drifted += row.drifted ? 1 : 0;
    table.rows.push_back({row.drifted ? "*" : "", shorten(row.id, 20), shorten(row.figure, 14),
                          shorten(printable(row.recorded), 14), printable(row.measured)});
  }
  std::fputs(render(fold_last_column(table, 80, 0)).c_str(), stdout);
  std::printf("%zu figures, %zu drifted\n", rows.size(), drifted);
  return drifted == 0 ? 0 : 1;
}

}  // namespace

Verb registry_audit_verb() {
  return {"registry", "audit", "Measure every entry again and print what moved",
          "[--registry PATH] [--files]\n  --files: hashes, sizes and parameters alone, no model is "
          "run. Exit status 1 when\n  anything drifted.\n",
          [](const std::vector<std::string>& words) {
            return audit(Arguments(words, {"--files"}, {"--registry"}));
          }};
}

}  // namespace tito::model
