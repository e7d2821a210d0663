#include "tinytorch/train/checkpoint.h"

#include <algorithm>
#include <cstring>

#include "tinytorch/core/error.h"
#include "tinytorch/nn/extra_state.h"
#include "tinytorch/train/safetensors.h"

namespace tinytorch::train {
namespace {

constexpr std::string_view kPrefix = "training.";
constexpr const char* kModel = "model";
constexpr const char* kDefaultRng = "default_rng";
constexpr const char* kFormat = "tinytorch.checkpoint";
constexpr const char* kVersion = "2";

// default_rng() as a part like any other.
class DefaultRng : public Stateful {
 public:
  State state() const override {
    State state;
    state.add("rng", default_rng());
    return state;
  }
  void load_state(const State& state) override {
    state.require_names_of(this->state());
    default_rng().set_state(state.rng("rng"));
  }
};

void check_names(const nn::Module& model, const Parts& parts) {
  for (const auto& [name, tensor] : model.state_dict()) {
    if (!name.starts_with(kPrefix)) continue;
    throw Error(concat("checkpoint: the model's tensor ", name,
                       " has the name of training state; call that child other than training"));
  }
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    const bool twice = std::any_of(parts.begin(), part,
                                   [&](const auto& other) { return other.first == part->first; });
    const bool taken = part->first == kModel || part->first == kDefaultRng ||
                       part->first.find('.') != std::string::npos;
    if (part->second != nullptr && !part->first.empty() && !twice && !taken) continue;
    throw Error(concat("checkpoint: part \"", part->first,
                       "\" is null or its name is empty, taken, given twice or has a dot"));
  }
}

template <typename T>
StoredTensor stored(const std::string& name, const char* dtype, const std::vector<T>& values) {
  StoredTensor tensor{name, dtype, Shape{static_cast<std::int64_t>(values.size())}, {}};
  tensor.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

StoredTensor stored(const std::string& name, const State::Values& values) {
  if (const auto* integers = std::get_if<State::Integers>(&values)) {
    return stored(name, "I64", *integers);
  }
  if (const auto* floats = std::get_if<State::Floats>(&values)) return stored(name, "F32", *floats);
  return stored(name, "F64", std::get<State::Reals>(values));
}

template <typename T>
std::vector<T> values_of(const StoredTensor& tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

State::Values values_in(const StoredTensor& tensor) {
  if (tensor.shape.ndim() == 1) {
    if (tensor.dtype == "I64") return values_of<std::int64_t>(tensor);
    if (tensor.dtype == "F32") return values_of<float>(tensor);
    if (tensor.dtype == "F64") return values_of<double>(tensor);
  }
  throw Error(concat(tensor.name, " is ", tensor.dtype, " of shape ", to_string(tensor.shape),
                     "; expected a row of I64, F32 or F64"));
}

// A file, sorted: tensors of the model, and everything under "training.".
struct Content {
  std::vector<nn::NamedTensor> tensors;
  State training;
};

Content sorted(const SafeTensors& file) {
  Content content;
  for (const StoredTensor& tensor : file.tensors) {
    if (tensor.name.starts_with(kPrefix)) {
      content.training.add(tensor.name.substr(kPrefix.size()), values_in(tensor));
    } else {
      content.tensors.emplace_back(tensor.name, restore(tensor));
    }
  }
  return content;
}

Metadata checked_metadata(const Metadata& metadata) {
  Metadata rest;
  std::string version = "none";
  for (const auto& entry : metadata) {
    if (entry.first == kFormat) {
      version = entry.second;
    } else {
      rest.push_back(entry);
    }
  }
  if (version == kVersion) return rest;
  throw Error(concat("a checkpoint of version ", kVersion, " was expected, this file's version is ",
                     version,
                     "; load_weights() reads the model in it, but training cannot go on from it "
                     "as it was"));
}

std::vector<nn::NamedTensor> copy_of(const std::vector<nn::NamedTensor>& state) {
  std::vector<nn::NamedTensor> copy;
  copy.reserve(state.size());
  for (const auto& [name, tensor] : state) copy.emplace_back(name, tensor.clone());
  return copy;
}

// All of it or nothing.
void take(const Content& content, nn::Module& model, const Parts& parts) {
  const std::vector<nn::NamedTensor> tensors = copy_of(model.state_dict());
  const State modules = nn::extra_state_of(model);
  std::vector<State> before;
  try {
    model.load_state_dict(content.tensors);
    nn::load_extra_state(model, content.training.below(kModel));
    for (const auto& [name, part] : parts) {
      before.push_back(part->state());
      part->load_state(content.training.below(name));
    }
  } catch (const Error&) {
    if (!before.empty()) before.pop_back();  // who threw has changed nothing
    for (std::size_t i = 0; i < before.size(); ++i) parts[i].second->load_state(before[i]);
    nn::load_extra_state(model, modules);
    model.load_state_dict(tensors);
    throw;
  }
}

void require_known(const State& training, const Parts& parts) {
  std::string unknown;
  for (const auto& [name, values] : training.entries()) {
    const std::string part = name.substr(0, name.find('.'));
    const bool known =
        part == kModel ||
        std::any_of(parts.begin(), parts.end(), [&](const auto& p) { return p.first == part; });
    if (!known) unknown += concat("; unknown ", kPrefix, name);
  }
  if (!unknown.empty()) throw Error(concat("load_checkpoint", unknown));
}

// Adds the file's name to what an Error says.
template <typename Work>
auto in_file(const std::string& path, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(concat(path, ": ", error.what()));
  }
}

Parts with_default_rng(const Parts& parts, DefaultRng& rng) {
  Parts all = parts;
  all.emplace_back(kDefaultRng, &rng);
  return all;
}

void write(const std::string& path, const nn::Module& model, const State& parts,
           const Metadata& metadata) {
  SafeTensors content;
  content.metadata = metadata;
  content.metadata.emplace_back(kFormat, kVersion);
  for (const auto& [name, tensor] : model.state_dict()) {
    content.tensors.push_back(store(name, tensor));
  }
  State training;
  training.add(kModel, nn::extra_state_of(model));
  for (const auto& [name, values] : parts.entries()) training.add(name, values);
  for (const auto& [name, values] : training.entries()) {
    content.tensors.push_back(stored(concat(kPrefix, name), values));
  }
  write_safetensors(path, content);
}

}  // namespace

void save_checkpoint(const std::string& path, const nn::Module& model, const Parts& parts,
                     const Metadata& metadata) {
  DefaultRng rng;
  check_names(model, parts);
  State state;
  for (const auto& [name, part] : with_default_rng(parts, rng)) state.add(name, part->state());
  write(path, model, state, metadata);
}

void save_checkpoint(const std::string& path, const nn::Module& model,
                     const optim::Optimizer* optimizer, const Metadata& metadata) {
  check_names(model, {});
  State state;
  if (optimizer != nullptr) state.add("optimizer", optimizer->state());
  write(path, model, state, metadata);
}

Metadata load_checkpoint(const std::string& path, nn::Module& model, const Parts& parts) {
  const SafeTensors file = read_safetensors(path);
  return in_file(path, [&] {
    DefaultRng rng;
    check_names(model, parts);
    const Parts all = with_default_rng(parts, rng);
    Metadata metadata = checked_metadata(file.metadata);
    const Content content = sorted(file);
    require_known(content.training, all);
    take(content, model, all);
    return metadata;
  });
}

Metadata load_checkpoint(const std::string& path, nn::Module& model, optim::Optimizer* optimizer) {
  const SafeTensors file = read_safetensors(path);
  return in_file(path, [&] {
    Metadata metadata = checked_metadata(file.metadata);
    Parts parts;
    const Content content = sorted(file);
    if (optimizer != nullptr) {
      parts.emplace_back("optimizer", optimizer);
      require_known(content.training, parts);
    }
    take(content, model, parts);
    return metadata;
  });
}

void load_weights(const std::string& path, nn::Module& model) {
  const SafeTensors file = read_safetensors(path);
  in_file(path, [&] {
    std::vector<nn::NamedTensor> tensors;
    for (const StoredTensor& tensor : file.tensors) {
      if (tensor.name.starts_with(kPrefix) || tensor.name.starts_with("optimizer.")) continue;
      tensors.emplace_back(tensor.name, restore(tensor));
    }
    model.load_state_dict(tensors);
  });
}

}  // namespace tinytorch::train
