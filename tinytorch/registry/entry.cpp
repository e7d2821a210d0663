#include "tinytorch/registry/entry.h"

#include <array>
#include <filesystem>

#include "tinytorch/core/error.h"

namespace tinytorch::registry {
namespace {

constexpr std::array<std::string_view, 5> kKinds{"fr", "nr", "filter", "classifier", "lm"};
constexpr std::array<std::string_view, 4> kModes{"fp32", "dynamic", "static", "qat"};

template <typename Enum, std::size_t N>
Enum value_of(const char* what, const std::array<std::string_view, N>& names,
              std::string_view name) {
  std::string known;
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
    known += concat(i == 0 ? "" : ", ", names[i]);
  }
  throw Error(concat("registry: ", what, " \"", name, "\"; known are ", known));
}

}  // namespace

std::string name(Kind kind) { return std::string(kKinds.at(static_cast<std::size_t>(kind))); }
std::string name(QuantMode mode) { return std::string(kModes.at(static_cast<std::size_t>(mode))); }
Kind kind_of(std::string_view name) { return value_of<Kind>("kind", kKinds, name); }
QuantMode mode_of(std::string_view name) { return value_of<QuantMode>("quant_mode", kModes, name); }

std::string Entry::int8_onnx() const {
  constexpr std::string_view kEnding = ".onnx";
  if (!onnx.ends_with(kEnding)) {
    throw Error(concat("registry: ", id, ": the model \"", onnx, "\" does not end in .onnx"));
  }
  return onnx.substr(0, onnx.size() - kEnding.size()) + ".int8.onnx";
}

std::string Entry::sidecar() const {
  return (std::filesystem::path(onnx).parent_path() / (id + ".json")).string();
}

const Entry* Registry::find(std::string_view id) const {
  for (const Entry& entry : models) {
    if (entry.id == id) return &entry;
  }
  return nullptr;
}

double default_budget(QuantMode mode) {
  switch (mode) {
    case QuantMode::kStatic:
      return 0.005;
    case QuantMode::kQat:
      return 0.002;
    default:
      return 0.01;
  }
}

}  // namespace tinytorch::registry
