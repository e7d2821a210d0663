#include "tinytorch/quantization/deployed/quantized_network.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tinytorch/core/at_place.h"
#include "tinytorch/core/checked_product.h"
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/affine.h"
#include "tinytorch/quantization/arithmetic/packing.h"
#include "tinytorch/quantization/deployed/detail/activation_plan.h"
#include "tinytorch/quantization/int8/image_sizes.h"
#include "tinytorch/quantization/int8/layout.h"

namespace tinytorch::quantization {
namespace {

std::string show(QParams grid) {
  return concat("scale ", grid.scale, ", zero-point ", grid.zero_point);
}

// The shape and grid a node writes, given what it reads. Throws Error where the two do not fit.
struct ResultOf {
  const NetworkValue& in;
  const NetworkValue& second;  // of a sum; `in` again otherwise
  Dialect dialect;

  NetworkValue operator()(const QuantizedConv2d& layer) const {
    if (layer.shape().in_channels != in.channels) {
      throw Error(
          concat("takes ", layer.shape().in_channels, " channels; it is given ", in.channels));
    }
    if (layer.multipliers().empty() && layer.fixed_multipliers().empty()) {
      throw Error("the output has no scale yet; calibrate, then call set_output");
    }
    require_dialect(layer.dialect());
    if (in.flat && layer.shape().kernel * layer.shape().stride + layer.shape().padding != 1) {
      throw Error("slides a window over features; a linear layer is a 1x1 kernel");
    }
    const ImageSize out = layer.output_size({1, in.height, in.width});
    return {layer.shape().out_channels, out.height, out.width, in.flat, false, layer.output()};
  }

  NetworkValue operator()(const QuantizedAdd& sum) const {
    if (in.channels != second.channels || in.height != second.height || in.width != second.width) {
      throw Error(concat("adds ", shape_of(in), " and ", shape_of(second)));
    }
    require_dialect(sum.dialect());
    if (in.reordered || second.reordered) {
      throw Error("adds the features of a Flatten, which lie in the image's order; add before it");
    }
    NetworkValue out = in;
    out.grid = sum.grids().output;
    return out;
  }

  NetworkValue operator()(const QuantizedPool& pool) const {
    if (in.flat) throw Error("pools images; it is given features");
    const kernels::ConvSizes sizes = pool_sizes(pool, in.channels, {1, in.height, in.width});
    if (pool.kind == PoolKind::kMax) require_window_inside("max_pool", sizes);
    return {in.channels, sizes.out_height, sizes.out_width, false, false, in.grid};
  }

  NetworkValue operator()(const QuantizedFlatten&) const {
    const bool moved = in.channels > 1 && in.height * in.width > 1;
    return {in.codes(), 1, 1, true, in.reordered || moved, in.grid};
  }

  void require_dialect(Dialect spoken) const {
    if (spoken == dialect) return;
    throw Error(
        concat("speaks dialect ", name(spoken), " in a network of dialect ", name(dialect)));
  }

  static std::string shape_of(const NetworkValue& value) {
    return to_string(Shape{value.channels, value.height, value.width});
  }
};

// The grids a node expects of its inputs; none where any will do.
struct ExpectedGrids {
  std::vector<QParams> operator()(const QuantizedConv2d& layer) const { return {layer.input()}; }
  std::vector<QParams> operator()(const QuantizedAdd& sum) const {
    return {sum.grids().a, sum.grids().b};
  }
  std::vector<QParams> operator()(const QuantizedPool&) const { return {}; }
  std::vector<QParams> operator()(const QuantizedFlatten&) const { return {}; }
};

std::string label(std::size_t index, const QuantizedNode& node) {
  return concat("node ", index, " (", node.path, ")");
}

// Before anybody multiplies the three for real.
void require_few_codes(const std::string& place, const NetworkValue& value) {
  const auto codes = checked_product({value.height, value.width, value.channels});
  if (codes && *codes <= kMostCodes) return;
  throw Error(concat("QuantizedNetwork: ", place, " makes ", value.channels, " x ", value.height,
                     " x ", value.width, " codes; a value has at most ", kMostCodes));
}

}  // namespace

kernels::ConvSizes pool_sizes(const QuantizedPool& pool, std::int64_t channels,
                              const ImageSize& image) {
  const bool whole = pool.kernel == 0;
  kernels::ConvSizes sizes{.batch = image.batch,
                           .in_channels = channels,
                           .in_height = image.height,
                           .in_width = image.width,
                           .out_channels = channels,
                           .kernel_height = whole ? image.height : pool.kernel,
                           .kernel_width = whole ? image.width : pool.kernel,
                           .stride = pool.stride,
                           .padding = pool.padding,
                           .groups = channels};
  using kernels::output_size;
  sizes.out_height = output_size(image.height, sizes.kernel_height, pool.stride, pool.padding);
  sizes.out_width = output_size(image.width, sizes.kernel_width, pool.stride, pool.padding);
  return sizes;
}

QuantizedNetwork::QuantizedNetwork(const Shape& sample, QParams input, int activation_bits,
                                   Dialect dialect, std::vector<QuantizedNode> nodes)
    : sample_(sample),
      activation_bits_(activation_bits),
      dialect_(dialect),
      nodes_(std::move(nodes)) {
  if (nodes_.empty()) throw Error("QuantizedNetwork: no nodes");
  const bool flat = sample.ndim() == 1;
  if ((!flat && sample.ndim() != 3) || sample.numel() < 1) {
    throw Error(concat("QuantizedNetwork: one input has shape ", to_string(sample),
                       "; expected [C, H, W] or [features]"));
  }
  require_grid("QuantizedNetwork: the network's input", input);
  (void)full_range(activation_bits);
  values_.push_back({sample[0], flat ? 1 : sample[1], flat ? 1 : sample[2], flat, false, input});
  require_few_codes("the network's input", values_.back());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    values_.push_back(value_after(i));
    require_few_codes(label(i, nodes_[i]), values_.back());
  }
  if (values_.back().reordered) {
    throw Error(
        "QuantizedNetwork: ends in a Flatten, whose features lie in the image's order; let the "
        "network end before it");
  }
  plan();
}

NetworkValue QuantizedNetwork::value_after(std::size_t index) const {
  const QuantizedNode& node = nodes_[index];
  const std::string place = concat("QuantizedNetwork: ", label(index, node));
  const bool sum = std::holds_alternative<QuantizedAdd>(node.op);
  if (node.inputs.size() != (sum ? 2U : 1U)) {
    throw Error(concat(place, " reads ", node.inputs.size(), " values, expected ", sum ? 2 : 1));
  }
  for (const std::size_t input : node.inputs) {
    if (input > index) throw Error(concat(place, " reads value ", input, ", which comes later"));
  }
  const std::vector<QParams> expected = std::visit(ExpectedGrids(), node.op);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::size_t input = node.inputs[i];
    if (values_[input].grid == expected[i]) continue;
    const std::string producer =
        input == 0 ? std::string("the network's input") : label(input - 1, nodes_[input - 1]);
    throw Error(concat(place, " reads codes with ", show(expected[i]), "; ", producer,
                       " writes them with ", show(values_[input].grid)));
  }
  return at_place(place, [&] {
    const ResultOf result{values_[node.inputs.front()], values_[node.inputs.back()], dialect_};
    return std::visit(result, node.op);
  });
}

// A Flatten writes nothing: its value lies where its input lies, which lives as long as both.
void QuantizedNetwork::plan() {
  std::vector<std::size_t> buffer_of(values_.size());
  std::vector<Lifetime> buffers;
  for (std::size_t v = 0; v < values_.size(); ++v) {
    const auto step = static_cast<std::int64_t>(v);
    if (v > 0 && std::holds_alternative<QuantizedFlatten>(nodes_[v - 1].op)) {
      buffer_of[v] = buffer_of[nodes_[v - 1].inputs.front()];
    } else {
      buffer_of[v] = buffers.size();
      buffers.push_back({values_[v].codes(), step, step});
    }
    if (v == 0) continue;
    for (const std::size_t input : nodes_[v - 1].inputs) buffers[buffer_of[input]].last = step;
    buffers[buffer_of[v]].last = step;
  }
  const ActivationPlan planned = plan_activations(buffers);
  for (std::size_t v = 0; v < values_.size(); ++v) {
    values_[v].offset = planned.offsets[buffer_of[v]];
  }
  arena_ = planned.total;
}

std::int64_t QuantizedNetwork::batch_of(std::span<const std::int8_t> x) const {
  const auto count = static_cast<std::int64_t>(x.size());
  if (count == 0 || count % values_.front().codes() != 0) {
    throw Error(concat("QuantizedNetwork: ", count, " codes are not a number of inputs of ",
                       to_string(sample_)));
  }
  return count / values_.front().codes();
}

namespace {

// One node at work: the codes it reads and where it writes.
struct Run {
  const NetworkValue& in;
  std::int64_t batch;
  std::span<const std::int8_t> x;
  std::span<const std::int8_t> second;
  std::span<std::int8_t> y;
  QRange range;
  Dialect dialect;
  Isa isa;

  void operator()(const QuantizedConv2d& layer) const {
    // The rows of a batch are the pixels of one image: one matrix product for all of them.
    layer.forward(x, in.image(batch), y, isa);
  }
  void operator()(const QuantizedAdd& sum) const { sum.forward(x, second, y, isa); }
  void operator()(const QuantizedPool& pool) const {
    const kernels::ConvSizes sizes = pool_sizes(pool, in.channels, {batch, in.height, in.width});
    if (pool.kind == PoolKind::kMax) {
      max_pool(x, sizes, y, isa);
    } else {
      average_pool(x, in.grid.zero_point, range, sizes, dialect, y, isa);
    }
  }
  void operator()(const QuantizedFlatten&) const {}
};

}  // namespace

void QuantizedNetwork::run_node(std::size_t index, std::int64_t batch, std::span<std::int8_t> arena,
                                Isa isa) const {
  const auto at = [&](std::size_t value) {
    const NetworkValue& v = values_[value];
    return arena.subspan(static_cast<std::size_t>(v.offset * batch),
                         static_cast<std::size_t>(v.codes() * batch));
  };
  const QuantizedNode& node = nodes_[index];
  const Run run{values_[node.inputs.front()],
                batch,
                at(node.inputs.front()),
                at(node.inputs.back()),
                at(index + 1),
                full_range(activation_bits_),
                dialect_,
                isa};
  std::visit(run, node.op);
}

std::vector<std::int8_t> QuantizedNetwork::value_codes(std::span<const std::int8_t> x,
                                                       std::size_t index, Isa isa) const {
  if (index >= values_.size()) {
    throw Error(concat("QuantizedNetwork: value ", index, " of ", values_.size()));
  }
  const std::int64_t batch = batch_of(x);
  const auto bytes = static_cast<std::size_t>(arena_ * batch);
  // Not cleared: every value is written whole before it is read.
  const auto storage = std::make_unique_for_overwrite<std::int8_t[]>(bytes);
  const std::span<std::int8_t> arena(storage.get(), bytes);
  std::copy(x.begin(), x.end(), arena.begin() + values_.front().offset * batch);
  for (std::size_t i = 0; i < index; ++i) run_node(i, batch, arena, isa);
  const NetworkValue& wanted = values_[index];
  const auto begin = arena.begin() + wanted.offset * batch;
  return {begin, begin + wanted.codes() * batch};
}

std::vector<std::int8_t> QuantizedNetwork::forward_codes(std::span<const std::int8_t> x,
                                                         Isa isa) const {
  return value_codes(x, nodes_.size(), isa);
}

std::vector<std::int8_t> QuantizedNetwork::quantize_input(const Tensor& x) const {
  std::vector<std::int64_t> expected{x.ndim() == 0 ? 1 : x.size(0)};
  expected.insert(expected.end(), sample_.sizes().begin(), sample_.sizes().end());
  if (!(x.shape() == Shape(expected)) || x.numel() == 0) {
    throw Error(concat("QuantizedNetwork: input ", to_string(x.shape()), ", expected a batch of ",
                       to_string(sample_)));
  }
  std::vector<std::int8_t> codes(static_cast<std::size_t>(x.numel()));
  const NetworkValue& in = values_.front();
  quantize(x.data(), in.grid, full_range(activation_bits_), codes);
  if (in.flat || in.channels == 1) return codes;
  return to_channels_last<std::int8_t>(codes, in.channels, in.height * in.width);
}

Tensor QuantizedNetwork::dequantize_output(std::span<const std::int8_t> codes) const {
  const NetworkValue& out = values_.back();
  if (static_cast<std::int64_t>(codes.size()) % out.codes() != 0) {
    throw Error(concat("QuantizedNetwork: ", codes.size(), " codes are not a number of outputs of ",
                       out.codes()));
  }
  const std::int64_t batch = static_cast<std::int64_t>(codes.size()) / out.codes();
  Tensor y(out.flat ? Shape{batch, out.channels}
                    : Shape{batch, out.channels, out.height, out.width});
  const std::vector<std::int8_t> ordered =
      to_channels_first<std::int8_t>(codes, out.channels, out.height * out.width);
  dequantize(ordered, out.grid, y.data());
  return y;
}

Tensor QuantizedNetwork::forward(const Tensor& x) const {
  return dequantize_output(forward_codes(quantize_input(x)));
}

std::int64_t QuantizedNetwork::weight_bytes() const {
  std::int64_t bytes = 0;
  for (const QuantizedNode& node : nodes_) {
    if (const auto* layer = std::get_if<QuantizedConv2d>(&node.op)) {
      const auto codes = static_cast<std::int64_t>(layer->weight_codes().size());
      bytes += packed_bytes(codes, layer->weight_bits());
    }
  }
  return bytes;
}

}  // namespace tinytorch::quantization
