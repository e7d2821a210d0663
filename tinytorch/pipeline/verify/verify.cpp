#include "tinytorch/pipeline/verify/verify.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "tinytorch/core/error.h"
#include "tinytorch/onnx/qdq_model.h"
#include "tinytorch/pipeline/gate/figures.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::pipeline {
namespace {

using peers::Optimization;
using quantization::NetworkValue;
using quantization::QuantizedNetwork;

enum class Agreement { kExact, kNeighbour, kFloat, kCounted };

// Counts the elements whose bits differ; the largest difference is in units of the largest
// magnitude of ours.
VerifyRecord compare(const Tensor& ours, const Tensor& theirs) {
  VerifyRecord record;
  record.compared = ours.numel();
  double largest = 0.0;
  double magnitude = 0.0;
  const auto a = ours.data();
  const auto b = theirs.data();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    record.differ += !same;
    const double distance = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    // NaN on one side is as far apart as can be.
    if (!same) largest = std::isnan(distance) ? INFINITY : std::max(largest, distance);
    if (std::isfinite(a[i])) magnitude = std::max(magnitude, std::fabs(static_cast<double>(a[i])));
  }
  record.largest = largest == 0.0 ? 0.0 : largest / std::max(magnitude, 1e-30);
  return record;
}

VerifyRecord compare(std::span<const std::uint8_t> ours, std::span<const std::uint8_t> theirs) {
  VerifyRecord record;
  record.compared = static_cast<std::int64_t>(ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    record.differ += ours[i] != theirs[i];
    record.largest = std::max(record.largest, std::fabs(static_cast<double>(ours[i]) - theirs[i]));
  }
  return record;
}

Shape with_rows(const NetworkValue& value, std::int64_t rows) {
  if (value.flat) return Shape{rows, value.channels};
  return Shape{rows, value.channels, value.height, value.width};
}

// Our codes, channels last, as a runtime has them: channels first, 128 higher. Features stay in the
// order they have.
std::vector<std::uint8_t> as_theirs(std::span<const std::int8_t> codes, const NetworkValue& value) {
  const std::vector<std::int8_t> first =
      value.flat ? std::vector<std::int8_t>(codes.begin(), codes.end())
                 : quantization::to_channels_first<std::int8_t>(codes, value.channels,
                                                                value.codes() / value.channels);
  std::vector<std::uint8_t> raised(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    raised[i] = static_cast<std::uint8_t>(first[i] + 128);
  }
  return raised;
}

// Node `index` of `network` as a network of its own. Nothing for a node that reads several values,
// for a layer in float behind a Flatten, and for a Flatten itself, which computes nothing.
std::optional<QuantizedNetwork> alone(const QuantizedNetwork& network, std::size_t index) {
  const quantization::QuantizedNode& node = network.nodes()[index];
  if (node.inputs.size() != 1) return std::nullopt;
  if (std::holds_alternative<quantization::QuantizedFlatten>(node.op)) return std::nullopt;
  const auto* island = std::get_if<quantization::FloatIsland>(&node.op);
  if (island != nullptr && island->settings().flattened_channels > 1) return std::nullopt;
  const NetworkValue& in = network.values()[node.inputs.front()];
  const Shape sample = in.flat ? Shape{in.channels} : Shape{in.channels, in.height, in.width};
  return QuantizedNetwork(sample, in.grid, network.activation_bits(), network.dialect(),
                          {{node.path, {0}, node.op}});
}

// Computed from exponentials or float sums, which no two runtimes round alike.
bool approximated(const quantization::QuantizedNode& node) {
  using quantization::FunctionKind;
  if (std::holds_alternative<quantization::FloatIsland>(node.op)) return true;
  const auto* function = std::get_if<quantization::QuantizedFunction>(&node.op);
  if (function == nullptr) return false;
  switch (function->function().kind) {
    case FunctionKind::kSigmoid:
    case FunctionKind::kSilu:
    case FunctionKind::kTanh:
    case FunctionKind::kGelu:
    case FunctionKind::kGeluTanh:
      return true;
    default:
      return false;
  }
}

class Verification {
 public:
  Verification(const VerifyQuestion& question, const Provider& provider)
      : question_(question), provider_(provider) {}

  std::vector<VerifyRecord> run() {
    try {
      name_ = provider_.name();
    } catch (const Error& error) {
      records_.push_back({"", "not verified", 0, 0, 0.0, true, false, error.what()});
      return std::move(records_);
    }
    check_file(question_.float_file, "float file", Optimization::kAll, Agreement::kFloat);
    const std::string loose = approximated_layers();
    const Agreement fused = loose.empty() ? Agreement::kExact : Agreement::kCounted;
    check_file(question_.static_file, "int8 file", Optimization::kExtended, fused);
    check_file(question_.static_file, "int8 file", Optimization::kAll, fused);
    check_file(question_.static_file, "int8 file", Optimization::kNone, Agreement::kCounted);
    if (!loose.empty() && !records_.empty() && records_.back().note.empty()) {
      records_.back().note = concat("exponentials and float sums, within a code alone: ", loose);
    }
    check_layers();
    const bool floats = question_.dynamic_file.has_float_layers;
    check_file(question_.dynamic_file, "dynamic int8 file", Optimization::kNone,
               floats ? Agreement::kCounted : Agreement::kExact);
    check_file(question_.dynamic_file, "dynamic int8 file", Optimization::kAll,
               Agreement::kCounted);
    return std::move(records_);
  }

 private:
  static const char* level_name(Optimization level) {
    switch (level) {
      case Optimization::kNone:
        return "unoptimized";
      case Optimization::kBasic:
        return "optimized (basic)";
      case Optimization::kExtended:
        return "optimized (extended)";
      case Optimization::kAll:
        break;
    }
    return "optimized (all)";
  }

  template <typename Action>
  void add(const std::string& what, Agreement agreement, const Action& action) {
    VerifyRecord record;
    try {
      record = action();
      record.pass = agrees(record, agreement);
    } catch (const Error& error) {
      record.pass = false;
      record.note = concat("not verified: ", error.what());
    }
    record.provider = name_;
    record.what = what;
    record.required = agreement != Agreement::kCounted || !record.note.empty();
    records_.push_back(std::move(record));
  }

  static bool agrees(const VerifyRecord& record, Agreement agreement) {
    switch (agreement) {
      case Agreement::kExact:
        return record.differ == 0;
      case Agreement::kNeighbour:
        return record.largest <= 1.0;
      case Agreement::kFloat:
        return record.largest <= kFloatTolerance;
      case Agreement::kCounted:
        break;
    }
    return true;
  }

  std::string approximated_layers() const {
    std::string paths;
    if (question_.network == nullptr) return paths;
    for (const auto& node : question_.network->nodes()) {
      if (approximated(node)) paths += (paths.empty() ? "" : ", ") + node.path;
    }
    return paths;
  }

  void check_file(const VerifiedFile& file, const char* name, Optimization level,
                  Agreement agreement) {
    if (file.onnx.empty()) return;
    add(concat(name, ", ", level_name(level)), agreement, [&] {
      const Tensor ours = file.ours(question_.inputs);
      return compare(ours, provider_.run(file.onnx, level, question_.inputs, ours.shape()));
    });
  }

  void check_layers() {
    const QuantizedNetwork* network = question_.network;
    if (network == nullptr) return;
    std::string together;
    const Tensor& own =
        question_.network_inputs.defined() ? question_.network_inputs : question_.inputs;
    const std::int64_t rows = own.size(0);
    const std::vector<std::int8_t> x =
        network->quantize_input(own.view(with_rows(network->values().front(), rows)));
    for (std::size_t i = 0; i < network->nodes().size(); ++i) {
      const auto& node = network->nodes()[i];
      const auto layer = alone(*network, i);
      if (!layer) {
        const bool flatten = std::holds_alternative<quantization::QuantizedFlatten>(node.op);
        if (!flatten) together += (together.empty() ? "" : ", ") + node.path;
        continue;
      }
      check_layer(*layer, node.path, network->value_codes(x, node.inputs.front()), rows);
    }
    if (together.empty() || records_.empty()) return;
    records_.back().note =
        concat("not run alone, since they read several values or a flattened image: ", together);
  }

  void check_layer(const QuantizedNetwork& layer, const std::string& path,
                   std::span<const std::int8_t> x, std::int64_t rows) {
    const NetworkValue& in = layer.values().front();
    const NetworkValue& out = layer.values().back();
    const std::string model = onnx::qdq_model(layer, onnx::Ends::kCodes).to_bytes();
    const std::vector<std::uint8_t> theirs_x = as_theirs(x, in);
    const std::vector<std::uint8_t> ours = as_theirs(layer.forward_codes(x), out);
    const Agreement fused =
        approximated(layer.nodes().front()) ? Agreement::kNeighbour : Agreement::kExact;
    for (const Optimization level : {Optimization::kAll, Optimization::kNone}) {
      add(concat("layer ", path, " alone, ", level_name(level)),
          level == Optimization::kNone ? Agreement::kCounted : fused, [&] {
            return compare(ours, provider_.run_codes(model, level, theirs_x, with_rows(in, rows),
                                                     with_rows(out, rows)));
          });
    }
  }

  const VerifyQuestion& question_;
  const Provider& provider_;
  std::string name_;
  std::vector<VerifyRecord> records_;
};

}  // namespace

std::vector<VerifyRecord> verify(const VerifyQuestion& question,
                                 const std::vector<std::shared_ptr<Provider>>& providers) {
  if (!question.inputs.defined() || question.inputs.ndim() < 2 || question.inputs.size(0) < 1) {
    throw Error("verify: expected inputs [rows, …] with at least one row");
  }
  std::vector<VerifyRecord> records;
  for (const auto& provider : providers) {
    for (VerifyRecord& record : Verification(question, *provider).run()) {
      records.push_back(std::move(record));
    }
  }
  return records;
}

bool verified(const std::vector<VerifyRecord>& records) {
  return !records.empty() &&
         std::all_of(records.begin(), records.end(),
                     [](const VerifyRecord& one) { return one.pass || !one.required; });
}

std::string to_text(const std::vector<VerifyRecord>& records) {
  std::string text;
  std::string provider;
  for (const VerifyRecord& record : records) {
    if (record.provider != provider) text += concat(record.provider, "\n");
    provider = record.provider;
    const char* mark = record.pass ? record.required ? "  ok   " : "       " : "  FAIL ";
    text += concat(mark, record.what);
    if (record.compared > 0) {
      text += concat(": ", record.differ, " of ", record.compared, " differ");
      if (record.differ > 0) text += concat(", by ", figure(record.largest), " at most");
    }
    text += record.note.empty() ? "\n" : concat("; ", record.note, "\n");
  }
  return text;
}

}  // namespace tinytorch::pipeline
