#include "tinytorch/quantization/deployed/run_op.h"

#include <vector>

namespace tinytorch::quantization {
namespace {

struct Run {
  std::span<const OpInput> in;
  const OpContext& context;
  std::span<std::int8_t> y;

  std::span<const std::int8_t> x() const { return in.front().codes; }
  ImageSize image() const {
    return {context.batch, in.front().extent.height, in.front().extent.width};
  }

  void operator()(const QuantizedLinear& layer) const { layer.forward(x(), y, context.isa); }
  void operator()(const QuantizedConv2d& layer) const {
    layer.forward(x(), image(), y, context.isa);
  }
  void operator()(const QuantizedAdd& sum) const {
    sum.forward(x(), in.back().codes, y, context.isa);
  }
  void operator()(const QuantizedPool& pool) const {
    const kernels::ConvGeometry sizes = pool_sizes(pool, in.front().extent.channels, image());
    if (pool.kind == PoolKind::kMax) {
      max_pool(x(), sizes, y, context.isa);
    } else {
      average_pool(x(), in.front().zero_point, context.range, sizes, context.dialect, y,
                   context.isa, pool.count_include_pad);
    }
  }
  void operator()(const QuantizedFlatten&) const {}
  void operator()(const QuantizedFunction& function) const { function.forward(x(), y); }
  void operator()(const QuantizedMultiply& product) const {
    product.forward(x(), in.front().extent, in.back().codes, in.back().extent, context.batch, y);
  }
  void operator()(const QuantizedMaximum& maximum) const {
    maximum.forward(x(), in.back().codes, y);
  }
  void operator()(const QuantizedConcat& concat) const {
    std::vector<std::span<const std::int8_t>> parts;
    std::vector<CodeExtent> extents;
    for (const OpInput& input : in) {
      parts.push_back(input.codes);
      extents.push_back(input.extent);
    }
    concat.forward(parts, extents, context.batch, y);
  }
  void operator()(const FloatIsland& island) const {
    island.forward(x(), in.front().extent, context.batch, y);
  }
};

}  // namespace

void run_op(const NetworkOp& op, std::span<const OpInput> inputs, const OpContext& context,
            std::span<std::int8_t> y) {
  std::visit(Run{inputs, context, y}, op);
}

}  // namespace tinytorch::quantization
