#include "tinytorch/quantization/deployed/dynamic_conv2d.h"

#include <cmath>
#include <utility>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/at_place.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/dynamic_qparams.h"

namespace tinytorch::quantization {
namespace {

nn::Conv2d without_values(const nn::Conv2d& conv) {
  nn::Conv2dOptions options = conv.options();
  options.bias = false;
  Rng unused(0);
  return {conv.in_channels(), conv.out_channels(), conv.kernel(), options, unused};
}

struct ConvPlace {
  nn::Module* parent = nullptr;
  std::string name;
  std::string path;
  std::shared_ptr<nn::Conv2d> conv;
};

void collect(nn::Module& model, const std::string& path, const nn::LinearFilter& chosen,
             std::vector<ConvPlace>& places) {
  for (const auto& [name, child] : model.children()) {
    const std::string below = path.empty() ? name : path + '.' + name;
    auto conv = std::dynamic_pointer_cast<nn::Conv2d>(child);
    if (conv == nullptr) {
      collect(*child, below, chosen, places);
    } else if (!chosen || chosen(below)) {
      places.push_back({&model, name, below, std::move(conv)});
    }
  }
}

}  // namespace

DynamicConv2d::DynamicConv2d(const nn::Conv2d& conv, int weight_bits)
    : coded_(without_values(conv)), weight_bits_(weight_bits) {
  const Tensor& weight = conv.weight();
  const std::int64_t out = conv.out_channels();
  const std::int64_t inputs = weight.numel() / out;
  if (inputs > kMaxExactInputs) {
    throw Error(concat("DynamicConv2d: sums over ", inputs,
                       " inputs may leave the whole numbers of ", "a float; at most ",
                       kMaxExactInputs, " are exact"));
  }
  scales_ = channel_scales(weight.data(), out, weight_bits);
  std::vector<std::int8_t> codes(weight.data().size());
  quantize_per_channel(weight.data(), scales_, weight_bits, codes);
  Tensor held = coded_.weight();
  std::copy(codes.begin(), codes.end(), held.data().begin());
  held.set_requires_grad(false);
  register_buffer("weight_codes", held);
  if (conv.bias().defined()) bias_ = register_buffer("bias", conv.bias().clone());
}

Tensor DynamicConv2d::forward(const Tensor& x) {
  const autograd::NoGradGuard no_grad;
  const QParams input = choose_qparams_dynamic(x.data());
  std::vector<std::int8_t> codes(x.data().size());
  quantize(x.data(), input, full_range(8), codes);
  Tensor centred(x.shape());
  const std::span<float> whole = centred.data();
  for (std::size_t i = 0; i < codes.size(); ++i)
    whole[i] = static_cast<float>(codes[i] - input.zero_point);
  Tensor y = coded_.forward(centred);
  const std::int64_t out = y.size(1);
  const std::int64_t pixels = y.size(2) * y.size(3);
  const std::span<float> to = y.data();
  for (std::int64_t plane = 0; plane < y.size(0) * out; ++plane) {
    const auto o = static_cast<std::size_t>(plane % out);
    const float step = input.scale * scales_[o];
    const float add = bias_.defined() ? std::as_const(bias_).data()[o] : 0.0f;
    for (float& value :
         to.subspan(static_cast<std::size_t>(plane * pixels), static_cast<std::size_t>(pixels))) {
      value = value * step + add;
    }
  }
  return y;
}

std::string DynamicConv2d::describe() const {
  const std::string inner = coded_.describe();
  return concat("Dynamic", inner.substr(0, inner.rfind(')')), ", W", weight_bits_, ")");
}

std::vector<std::string> dynamic_convolutions(nn::Module& model, const nn::LinearFilter& chosen,
                                              int weight_bits) {
  std::vector<ConvPlace> places;
  collect(model, "", chosen, places);
  std::vector<std::shared_ptr<nn::Module>> made;
  for (const ConvPlace& place : places) {
    at_place(place.path, [&] {
      place.parent->replace_child(place.name, place.conv);  // shows who cannot, and changes nothing
      made.push_back(std::make_shared<DynamicConv2d>(*place.conv, weight_bits));
    });
  }
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < places.size(); ++i) {
    places[i].parent->replace_child(places[i].name, made[i]);
    paths.push_back(places[i].path);
  }
  return paths;
}

}  // namespace tinytorch::quantization
