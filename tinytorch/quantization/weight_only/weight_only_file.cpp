#include "tinytorch/quantization/weight_only/weight_only_file.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/nn/transfer_weights.h"
#include "tinytorch/quantization/deployed/file_values.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::quantization {
namespace {

using file_values::named;
using file_values::number;
using file_values::stored;
using file_values::values_of;
using train::SafeTensors;

constexpr const char* kFormat = "tinytorch.weight_only.v1";
constexpr std::int64_t kLargestSize = 1 << 24;  // of a dimension; keeps their product in int64

void add_weight(SafeTensors& file, const std::string& name, const QuantizedTensor& weight) {
  const auto add = [&](const char* key, const auto& value) {
    file.metadata.emplace_back(name + key, concat(value));
  };
  add("_rows", weight.rows());
  add("_columns", weight.columns());
  add("_bits", weight.scheme.bits);
  add("_granularity", quantization::name(weight.scheme.granularity));
  add("_group_size", weight.scheme.group_size);
  add("_symmetric", weight.scheme.symmetric ? 1 : 0);
  const auto scales = static_cast<std::int64_t>(weight.scales.size());
  file.tensors.push_back(
      stored<std::uint8_t>(name, "U8", Shape{std::ssize(weight.codes)}, weight.codes));
  file.tensors.push_back(stored<float>(name + "_scale", "F32", Shape{scales}, weight.scales));
  if (weight.scheme.symmetric) return;
  file.tensors.push_back(
      stored<std::int8_t>(name + "_zero_point", "I8", Shape{scales}, weight.zero_points));
}

QuantizedTensor read_weight(const SafeTensors& file, const std::string& name) {
  const auto rows = number<std::int64_t>(file, name + "_rows");
  const auto columns = number<std::int64_t>(file, name + "_columns");
  if (rows < 1 || columns < 1 || rows > kLargestSize || columns > kLargestSize) {
    throw Error(concat(name, " is [", rows, ", ", columns, "]"));
  }
  const bool symmetric = number<int>(file, name + "_symmetric") != 0;
  QuantizedTensor weight{
      .shape = {rows, columns},
      .scheme = {.bits = number<int>(file, name + "_bits"),
                 .granularity = named(
                     file, name + "_granularity",
                     {Granularity::kPerTensor, Granularity::kPerChannel, Granularity::kPerGroup}),
                 .group_size = number<std::int64_t>(file, name + "_group_size"),
                 .symmetric = symmetric},
      .codes = values_of<std::uint8_t>(file.tensor(name), "U8"),
      .scales = values_of<float>(file.tensor(name + "_scale"), "F32"),
      .zero_points = {}};
  if (!symmetric) {
    weight.zero_points = values_of<std::int8_t>(file.tensor(name + "_zero_point"), "I8");
  }
  at_place(name, [&] { require_whole(weight); });
  return weight;
}

void add_weights(SafeTensors& file, const nn::Module& module, const std::string& prefix) {
  for (const auto& [name, child] : module.children()) {
    const std::string path = prefix + name;
    if (const auto* layer = dynamic_cast<const WeightOnlyLinear*>(child.get())) {
      add_weight(file, path + ".weight", layer->weight());
      continue;
    }
    const auto* other = dynamic_cast<const nn::LinearMap*>(child.get());
    if (other != nullptr && dynamic_cast<const nn::Linear*>(other) == nullptr) {
      throw Error(concat("save_weight_only: ", path, ", ", other->describe(),
                         ", keeps its weight outside the state; save the float model instead"));
    }
    add_weights(file, *child, path + ".");
  }
}

// Names of the packed weights, "0.weight": those whose width stands in the metadata.
std::set<std::string> packed_weights(const SafeTensors& file) {
  constexpr std::string_view kEnd = ".weight_bits";
  std::set<std::string> names;
  for (const auto& [key, value] : file.metadata) {
    if (key.ends_with(kEnd)) names.insert(key.substr(0, key.size() - 5));
  }
  return names;
}

void load(const SafeTensors& file, nn::Module& model) {
  if (file.value("format") != kFormat) throw Error(concat("format is ", file.value("format")));
  const std::set<std::string> packed = packed_weights(file);
  const nn::LinearFilter chosen = [&](const std::string& path) {
    return packed.contains(path + ".weight");
  };
  std::vector<nn::LinearPlace> places;
  if (!packed.empty()) places = nn::find_linears(model, chosen);
  if (places.size() != packed.size()) {
    throw Error(concat(packed.size(), " packed weights, and the model has Linear layers for ",
                       places.size(), " of them"));
  }
  std::map<std::string, QuantizedTensor> weights;
  std::set<std::string> parts;
  for (const nn::LinearPlace& place : places) {
    const std::string name = place.path + ".weight";
    QuantizedTensor weight = read_weight(file, name);
    if (!(weight.shape == place.linear->weight().shape())) {
      throw Error(concat(name, " is ", to_string(weight.shape), ", the model wants ",
                         to_string(place.linear->weight().shape())));
    }
    weights.emplace(place.path, std::move(weight));
    parts.insert({name, name + "_scale", name + "_zero_point"});
  }
  std::vector<nn::NamedTensor> rest;
  for (const train::StoredTensor& tensor : file.tensors) {
    if (!parts.contains(tensor.name)) rest.emplace_back(tensor.name, train::restore(tensor));
  }
  std::vector<nn::NamedTensor> own = model.state_dict();
  std::erase_if(own, [&](const nn::NamedTensor& entry) { return packed.contains(entry.first); });
  nn::transfer_weights(rest, own);  // checks every key and shape before it copies
  for (const nn::LinearPlace& place : places) {
    place.parent->replace_child(
        place.name, std::make_shared<WeightOnlyLinear>(std::move(weights.at(place.path)),
                                                       place.linear->bias()));
  }
}

}  // namespace

void save_weight_only(const std::string& path, const nn::Module& model) {
  SafeTensors file;
  file.metadata = {{"format", kFormat}};
  add_weights(file, model, "");
  for (const auto& [name, tensor] : model.state_dict()) {
    file.tensors.push_back(train::store(name, tensor));
  }
  train::write_safetensors(path, file);
}

void load_weight_only(const std::string& path, nn::Module& model) {
  const SafeTensors file = train::read_safetensors(path);
  try {
    load(file, model);
  } catch (const NotImplemented&) {
    throw;
  } catch (const Error& error) {
    throw Error(concat(path, ": ", error.what(), " (not written by save_weight_only for this ",
                       "structure?)"));
  }
}

}  // namespace tinytorch::quantization
