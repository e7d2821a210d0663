#include "tinytorch/pipeline/run/record.h"

#include <algorithm>
#include <cmath>

#include "tinytorch/core/error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/pipeline/run/forms.h"
#include "tinytorch/pipeline/run/scheme.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/int8/int8_gemm_simd.h"
#include "tinytorch/quantization/study/layer_report.h"
#include "tinytorch/registry/sha256.h"
#include "tinytorch/version.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::size_t kBins = 64;
constexpr std::int64_t kRows = 64;  // of the fixture, for what is only looked at

// Values in evenly wide bins from the least to the largest.
TensorRecord histogram(const std::string& name, std::span<const float> values) {
  TensorRecord record;
  record.name = name;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  record.low = *least;
  record.high = *most > *least ? *most : *least + 1.0f;
  record.counts.assign(kBins, 0);
  for (const float value : values) {
    const double share = (value - record.low) / (record.high - record.low);
    const auto bin = static_cast<std::size_t>(share * static_cast<double>(kBins));
    ++record.counts[std::min(bin, kBins - 1)];
  }
  return record;
}

void set_range(TensorRecord& record, double scale, std::int64_t zero_point, std::int64_t least,
               std::int64_t most) {
  record.scale = scale;
  record.zero_point = zero_point;
  record.range_low = scale * static_cast<double>(least - zero_point);
  record.range_high = scale * static_cast<double>(most - zero_point);
}

double share_outside(std::span<const float> values, const TensorRecord& record) {
  const auto outside = std::count_if(values.begin(), values.end(), [&](float v) {
    return v < record.range_low || v > record.range_high;
  });
  return static_cast<double>(outside) / static_cast<double>(values.size());
}

// What the metric loses when the weights of this layer alone lie on their grids.
double weights_alone(const Job& job, const nn::Module& trained, const std::string& path, int bits) {
  const auto model = copy_of(job, trained);
  for (auto& [name, tensor] : model->state_dict()) {
    if (name != path + ".weight") continue;
    Tensor weight = tensor;
    const std::int64_t out = weight.size(0);
    const auto scales = quantization::channel_scales(std::as_const(weight).data(), out, bits);
    std::vector<std::int8_t> codes(static_cast<std::size_t>(weight.numel()));
    quantization::quantize_per_channel(std::as_const(weight).data(), scales, bits, codes);
    const auto values = weight.data();
    const std::size_t row = values.size() / scales.size();
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(codes[i]) * scales[i / row];
  }
  const auto metric_with = [&](nn::Module& one) {
    return metric_on(job, answers(job, predictions(one, job.data.fixture_inputs)));
  };
  const auto floats = copy_of(job, trained);
  return drop(metric_of_recipe(job.recipe.budget.metric), metric_with(*floats),
              metric_with(*model));
}

void add_weight(const quantization::QatNetwork& net, std::size_t index, ModelResult& record) {
  const auto& node = net.nodes()[index];
  const quantization::WeightAndBias layer = net.folded(index);
  const auto values = std::as_const(layer.weight).data();
  const auto scales = net.scales(index, layer, net.value_qparams(node.inputs.front()));
  const std::int64_t most = (1 << (net.weight_bits(index) - 1)) - 1;
  TensorRecord tensor = histogram(node.path + ".weight", values);
  set_range(tensor, *std::max_element(scales.begin(), scales.end()), 0, -most, most);
  tensor.clipped = share_outside(values, tensor);
  record.tensors.push_back(std::move(tensor));
}

// What the deployed codes of a value stand for.
void add_value(const quantization::QuantizedNetwork& network, std::span<const std::int8_t> input,
               std::size_t value, const std::string& name, ModelResult& record) {
  const quantization::QParams grid = network.values()[value].grid;
  const auto codes = network.value_codes(input, value);
  std::vector<float> real(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i)
    real[i] = static_cast<float>(codes[i] - grid.zero_point) * grid.scale;
  TensorRecord tensor = histogram(name, real);
  set_range(tensor, grid.scale, grid.zero_point, -128, 127);
  record.tensors.push_back(std::move(tensor));
}

}  // namespace

std::string calibration_hash(const Job& job) {
  const Tensor inputs = calibration_inputs(job, 0);
  const auto values = inputs.data();
  return registry::sha256_hex({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

ModelResult record_of(const Job& job) {
  const Recipe& recipe = job.recipe;
  ModelResult record;
  record.id = recipe.name;
  record.kind = kKindNames[static_cast<std::size_t>(recipe.kind)];
  record.description = recipe.description;
  record.smoke = job.smoke;
  record.recipe = recipe.file;
  record.recipe_sha256 = recipe.hash;
  record.command = concat("tito model run ", recipe.file, job.smoke ? " --smoke" : "");
  record.calibration_set =
      concat(recipe.calibration.examples, " training examples of ",
             kDataSetNames[static_cast<std::size_t>(recipe.data.set)], ", draw 0");
  record.calibration_sha256 = calibration_hash(job);
  record.scheme = scheme_text(recipe);
  record.dialect = kDialectNames[static_cast<std::size_t>(recipe.quantize.dialect)];
  record.instruction_set = quantization::name(quantization::best_isa());
  record.version =
      concat(TINYTORCH_VERSION_MAJOR, ".", TINYTORCH_VERSION_MINOR, ".", TINYTORCH_VERSION_PATCH);
  record.notes.push_back("target: " + job.data.target);
  if (!recipe.notes.empty()) record.notes.push_back(recipe.notes);
  return record;
}

void describe_layers(const Job& job, const nn::Module& trained, const Deployed& deployed,
                     ModelResult& record) {
  const quantization::QatNetwork& net = *deployed.net;
  const Tensor& fixture = job.data.fixture_inputs;
  const Tensor some = fixture.rows(0, std::min(kRows, fixture.size(0)));
  const auto reports = quantization::report_layers(net, some);
  const auto input = deployed.network->quantize_input(some);
  record.layers.clear();
  record.tensors.clear();
  add_value(*deployed.network, input, 0, "input", record);
  for (std::size_t i = 0; i < net.nodes().size(); ++i) {
    const auto& node = net.nodes()[i];
    const auto report = std::find_if(reports.begin(), reports.end(),
                                     [&](const auto& one) { return one.path == node.path; });
    if (report == reports.end()) continue;
    LayerRecord layer;
    layer.path = node.path;
    layer.kind = report->kind;
    layer.weight_bits = report->weight_bits;
    layer.output_sqnr_db = report->output_sqnr_db;
    layer.clipped = report->clipped;
    if (report->kind.starts_with("float ")) {
      layer.quantized = false;
      layer.reason = "runs in float between a dequantize and a quantize";
      for (const std::string& pattern : job.recipe.quantize.exclude)
        if (matches(pattern, node.path)) layer.reason = "excluded by the recipe: " + pattern;
    }
    if (node.has_weight()) {
      layer.weight_sqnr_db = report->weight_sqnr_db;
      layer.sensitivity = weights_alone(job, trained, node.path, report->weight_bits);
      add_weight(net, i, record);
    }
    record.layers.push_back(std::move(layer));
    add_value(*deployed.network, input, i + 1, node.path, record);
    record.tensors.back().clipped = report->clipped;
  }
}

FileRecord file_record(const std::filesystem::path& folder, const std::string& role,
                       const std::string& name) {
  const std::string bytes = data::read_file((folder / name).string());
  return {role, name, registry::sha256_hex(bytes), static_cast<std::int64_t>(bytes.size())};
}

}  // namespace tinytorch::pipeline
