#include <algorithm>
#include <cstring>
#include <dnnl.hpp>
#include <vector>

#include "bench/peer_onednn_engine.h"
#include "bench/peers.h"

namespace bench {
namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

memory::dims image_dims(const ConvShape& s) { return {s.batch, s.in, s.height, s.width}; }
memory::dims result_dims(const ConvShape& s) {
  const auto places = [&](std::int64_t size) {
    return (size + 2 * s.padding - s.kernel) / s.stride + 1;
  };
  return {s.batch, s.out, places(s.height), places(s.width)};
}
memory::dims weight_dims(const ConvShape& s) {
  if (s.groups == 1) return {s.out, s.in, s.kernel, s.kernel};
  return {s.groups, s.out / s.groups, s.in / s.groups, s.kernel, s.kernel};
}

struct Types {
  Type x, weight, bias, y;
  Tag images;
};

dnnl::convolution_forward::primitive_desc plan_of(const ConvShape& s, const Types& types,
                                                  const dnnl::primitive_attr& attributes) {
  const dnnl::convolution_forward::desc desc(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
      memory::desc(image_dims(s), types.x, types.images),
      memory::desc(weight_dims(s), types.weight, Tag::any),
      memory::desc({s.out}, types.bias, Tag::x),
      memory::desc(result_dims(s), types.y, types.images), {s.stride, s.stride},
      {s.padding, s.padding}, {s.padding, s.padding});
  return {desc, attributes, engine()};
}

// A convolution whose weights have the layout oneDNN likes best.
struct Convolution {
  explicit Convolution(const dnnl::convolution_forward::primitive_desc& p)
      : plan(p),
        conv(plan),
        x(plan.src_desc(), engine()),
        y(plan.dst_desc(), engine()),
        weight(plan.weights_desc(), engine()),
        bias(plan.bias_desc(), engine()),
        stream(engine()) {
    for (memory* each : {&x, &y, &weight, &bias}) {
      std::memset(each->get_data_handle(), 0, each->get_desc().get_size());
    }
  }

  void run() {
    conv.execute(
        stream,
        {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, weight}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST, y}});
    stream.wait();
  }

  dnnl::convolution_forward::primitive_desc plan;
  dnnl::convolution_forward conv;
  memory x, y, weight, bias;
  dnnl::stream stream;
};

dnnl::primitive_attr scaled(std::span<const float> scales) {
  dnnl::primitive_attr attributes;
  attributes.set_output_scales(1 << 1, {scales.begin(), scales.end()});
  return attributes;
}

}  // namespace

struct OneDnnInt8Conv::Impl : Convolution {
  using Convolution::Convolution;
};

OneDnnInt8Conv::OneDnnInt8Conv(const ConvShape& shape, std::span<const std::int8_t> weight,
                               std::span<const std::int32_t> bias, std::span<const float> scales)
    : impl_(std::make_unique<Impl>(
          plan_of(shape, {Type::s8, Type::s8, Type::s32, Type::s8, Tag::nhwc}, scaled(scales)))) {
  const Tag plain = shape.groups == 1 ? Tag::oihw : Tag::goihw;
  memory from({weight_dims(shape), Type::s8, plain}, engine(),
              const_cast<std::int8_t*>(weight.data()));
  dnnl::reorder(from, impl_->weight).execute(impl_->stream, from, impl_->weight);
  impl_->stream.wait();
  std::memcpy(impl_->bias.get_data_handle(), bias.data(), bias.size_bytes());
}
OneDnnInt8Conv::~OneDnnInt8Conv() = default;
OneDnnInt8Conv::OneDnnInt8Conv(OneDnnInt8Conv&&) noexcept = default;
void OneDnnInt8Conv::run() { impl_->run(); }
std::span<std::int8_t> OneDnnInt8Conv::input() {
  return {static_cast<std::int8_t*>(impl_->x.get_data_handle()), impl_->x.get_desc().get_size()};
}
std::span<const std::int8_t> OneDnnInt8Conv::output() const {
  return {static_cast<const std::int8_t*>(impl_->y.get_data_handle()),
          impl_->y.get_desc().get_size()};
}

struct OneDnnFloatConv::Impl : Convolution {
  using Convolution::Convolution;
};

OneDnnFloatConv::OneDnnFloatConv(const ConvShape& shape)
    : impl_(std::make_unique<Impl>(
          plan_of(shape, {Type::f32, Type::f32, Type::f32, Type::f32, Tag::any}, {}))) {}
OneDnnFloatConv::~OneDnnFloatConv() = default;
OneDnnFloatConv::OneDnnFloatConv(OneDnnFloatConv&&) noexcept = default;
void OneDnnFloatConv::run() { impl_->run(); }

}  // namespace bench
