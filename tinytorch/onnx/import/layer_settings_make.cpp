// A layer out of its kind and settings.

#include <functional>
#include <set>

#include "tinytorch/core/error.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/joins.h"
#include "tinytorch/nn/layer_norm.h"
#include "tinytorch/nn/linear.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/onnx/import/detail/layer_settings.h"

namespace tinytorch::onnx {
namespace {

using Sizes = std::vector<std::int64_t>;

// Settings that are read one by one, so that what is left over is known.
class Reader {
 public:
  explicit Reader(const Settings& settings) : settings_(settings) {}

  std::int64_t integer(const char* name, std::int64_t least, std::int64_t most = 1 << 24) {
    const auto* value = std::get_if<std::int64_t>(&get(name));
    if (value != nullptr && *value >= least && *value <= most) return *value;
    throw Error(concat(name, " is not an integer from ", least, " to ", most));
  }
  float number(const char* name) {
    const Setting& value = get(name);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<float>(*whole);
    if (const auto* real = std::get_if<float>(&value)) return *real;
    throw Error(concat(name, " is not a number"));
  }
  Sizes list(const char* name, std::size_t count = 0) {
    const auto* value = std::get_if<Sizes>(&get(name));
    if (value == nullptr || (count != 0 && value->size() != count)) {
      throw Error(concat(name, " is not a list of ", static_cast<std::int64_t>(count)));
    }
    for (const std::int64_t size : *value) {
      constexpr std::int64_t kMost = 1 << 24;
      if (size > kMost) throw Error(concat(name, " holds ", size));
    }
    return *value;
  }
  Extent2 extent(const char* name) {
    const Sizes two = list(name, 2);
    return {two[0], two[1]};
  }
  Padding4 padding(const char* name) {
    const Sizes four = list(name, 4);
    return {four[0], four[1], four[2], four[3]};
  }
  void require_all_read() const {
    for (const auto& [name, _] : settings_) {
      if (!read_.contains(name)) throw Error(concat("the setting ", name, " is not known"));
    }
  }

 private:
  const Setting& get(const char* name) {
    const auto found = settings_.find(name);
    if (found == settings_.end()) throw Error(concat(name, " is missing"));
    read_.insert(name);
    return found->second;
  }

  const Settings& settings_;
  std::set<std::string> read_;
};

// A file of a few bytes must not ask for more weights than a file can hold.
void require_weights(const Sizes& shape) {
  constexpr std::int64_t kMostWeights = std::int64_t{1} << 28;
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size > 0 && count > kMostWeights / size) {
      throw Error(concat("has more than ", kMostWeights, " weights"));
    }
    count *= size;
  }
}

std::shared_ptr<nn::Module> zeroed(std::shared_ptr<nn::Module> layer) {
  for (const Tensor& parameter : layer->parameters()) {
    Tensor values = parameter.detach();
    for (float& value : values.data()) value = 0.0f;
  }
  return layer;
}

std::shared_ptr<nn::Module> linear(Reader& r) {
  const std::int64_t in = r.integer("in", 1), out = r.integer("out", 1);
  require_weights({in, out});
  Rng rng(0);
  return zeroed(std::make_shared<nn::Linear>(
      in, out, nn::LinearOptions{.bias = r.integer("bias", 0, 1) == 1}, rng));
}

std::shared_ptr<nn::Module> conv(Reader& r) {
  nn::Conv2dOptions options;
  options.stride = r.extent("stride");
  options.padding = r.padding("padding");
  options.dilation = r.extent("dilation");
  options.groups = r.integer("groups", 1);
  options.bias = r.integer("bias", 0, 1) == 1;
  const std::int64_t in = r.integer("in", 1), out = r.integer("out", 1);
  const Extent2 kernel = r.extent("kernel");
  require_weights({in, out, kernel.height, kernel.width});
  Rng rng(0);
  return zeroed(std::make_shared<nn::Conv2d>(in, out, kernel, options, rng));
}

std::shared_ptr<nn::Module> layer_norm(Reader& r) {
  const Sizes shape = r.list("shape");
  require_weights(shape);
  return std::make_shared<nn::LayerNorm>(
      Shape(shape), nn::LayerNormOptions{.epsilon = r.number("epsilon"),
                                         .affine = r.integer("affine", 0, 1) == 1});
}

template <typename T>
std::shared_ptr<nn::Module> plain(Reader&) {
  return std::make_shared<T>();
}

using Maker = std::function<std::shared_ptr<nn::Module>(Reader&)>;

const std::map<std::string, Maker>& makers() {
  static const std::map<std::string, Maker> all{
      {"Linear", linear},
      {"Conv2d", conv},
      {"LayerNorm", layer_norm},
      {"BatchNorm2d",
       [](Reader& r) {
         return std::make_shared<nn::BatchNorm2d>(r.integer("channels", 1), r.number("epsilon"));
       }},
      {"ReLU", plain<nn::ReLU>},
      {"ReLU6", plain<nn::ReLU6>},
      {"Sigmoid", plain<nn::Sigmoid>},
      {"Tanh", plain<nn::Tanh>},
      {"Hardsigmoid", plain<nn::Hardsigmoid>},
      {"Hardswish", plain<nn::Hardswish>},
      {"SiLU", plain<nn::SiLU>},
      {"Add", plain<nn::Add>},
      {"Multiply", plain<nn::Multiply>},
      {"Maximum", plain<nn::Maximum>},
      {"GELU",
       [](Reader& r) {
         return std::make_shared<nn::GELU>(r.integer("tanh", 0, 1) == 1 ? ops::Gelu::kTanh
                                                                        : ops::Gelu::kExact);
       }},
      {"LeakyReLU", [](Reader& r) { return std::make_shared<nn::LeakyReLU>(r.number("slope")); }},
      {"Hardtanh",
       [](Reader& r) {
         const float low = r.number("low");
         return std::make_shared<nn::Hardtanh>(low, r.number("high"));
       }},
      {"Softmax",
       [](Reader& r) { return std::make_shared<nn::Softmax>(r.integer("dim", -16, 16)); }},
      {"Concat", [](Reader& r) { return std::make_shared<nn::Concat>(r.integer("dim", -16, 16)); }},
      {"Flatten",
       [](Reader& r) { return std::make_shared<nn::Flatten>(r.integer("start_dim", 0, 16)); }},
      {"MaxPool2d",
       [](Reader& r) {
         const Extent2 kernel = r.extent("kernel"), stride = r.extent("stride");
         return std::make_shared<nn::MaxPool2d>(kernel, stride, r.padding("padding"));
       }},
      {"AvgPool2d",
       [](Reader& r) {
         const Extent2 kernel = r.extent("kernel"), stride = r.extent("stride");
         const Padding4 padding = r.padding("padding");
         return std::make_shared<nn::AvgPool2d>(kernel, stride, padding,
                                                r.integer("count_include_pad", 0, 1) == 1);
       }},
      {"AdaptiveAvgPool2d",
       [](Reader& r) {
         const std::int64_t height = r.integer("height", 1);
         return std::make_shared<nn::AdaptiveAvgPool2d>(height, r.integer("width", 1));
       }},
  };
  return all;
}

}  // namespace

std::shared_ptr<nn::Module> make_layer(const std::string& kind, const Settings& settings) {
  const auto found = makers().find(kind);
  if (found == makers().end()) throw Error(concat("no layer is called ", kind));
  Reader reader(settings);
  auto layer = found->second(reader);
  reader.require_all_read();
  return layer;
}

}  // namespace tinytorch::onnx
