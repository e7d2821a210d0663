#include "tinytorch/autograd/convolution.h"

#include <algorithm>

#include "tinytorch/autograd/node.h"
#include "tinytorch/core/error.h"
#include "tinytorch/kernels/accumulate.h"
#include "tinytorch/kernels/convolve.h"
#include "tinytorch/kernels/gemm/gemm.h"
#include "tinytorch/kernels/gemm/long_sum.h"
#include "tinytorch/kernels/window_columns.h"

namespace tinytorch::ops {
namespace {

using kernels::ConvGeometry;
using kernels::Trans;

void check_conv(const Tensor& x, const Tensor& weight, const Tensor& bias, std::int64_t groups) {
  if (x.ndim() != 4 || weight.ndim() != 4) {
    throw Error(concat("conv2d: input ", to_string(x.shape()), ", weight ",
                       to_string(weight.shape()), "; expected [N, C, H, W] and [O, C, kh, kw]"));
  }
  if (groups < 1 || x.size(1) != weight.size(1) * groups || weight.size(0) % groups != 0) {
    throw Error(concat("conv2d: input ", to_string(x.shape()), " has ", x.size(1),
                       " channels, weight ", to_string(weight.shape()), " with ", groups,
                       " groups wants ", weight.size(1) * groups,
                       ", and its outputs divided evenly among the groups"));
  }
  if (bias.defined() && !(bias.shape() == Shape{weight.size(0)})) {
    throw Error(concat("conv2d: bias ", to_string(bias.shape()), " for a weight ",
                       to_string(weight.shape()), "; it needs one value per output channel"));
  }
}

ConvGeometry sizes_of(const Tensor& x, const Tensor& weight, const ConvOptions& options) {
  ConvGeometry s;
  s.batch = x.size(0);
  s.in_channels = x.size(1);
  s.in_height = x.size(2);
  s.in_width = x.size(3);
  s.out_channels = weight.size(0);
  s.kernel = {weight.size(2), weight.size(3)};
  s.stride = options.stride;
  s.dilation = options.dilation;
  s.padding = options.padding;
  s.groups = options.groups;
  kernels::set_output_size(s);
  return s;
}

// One group of one example as matrices: out [rows_out, places] = weight [rows_out, rows] · columns
// [rows, places].
struct Matrices {
  explicit Matrices(const ConvGeometry& s)
      : rows_out(s.out_channels / s.groups),
        rows(s.in_channels / s.groups * s.kernel.area()),
        places(s.out_height * s.out_width),
        pixels(s.in_channels / s.groups * s.in_height * s.in_width),
        buffer(static_cast<std::size_t>(rows * places)) {}

  // Part `i` of a tensor that consists of parts of `length` values.
  template <typename Values>
  static auto part(Values values, std::int64_t i, std::int64_t length) {
    return values.subspan(static_cast<std::size_t>(i * length), static_cast<std::size_t>(length));
  }

  std::int64_t rows_out, rows, places, pixels;
  std::vector<float> buffer;  // columns
};

// Calls visit(group of the batch, group of the weight) for every group of every example.
template <typename Visit>
void for_each_group(const ConvGeometry& s, Visit visit) {
  for (std::int64_t n = 0; n < s.batch; ++n) {
    for (std::int64_t g = 0; g < s.groups; ++g) visit(n * s.groups + g, g);
  }
}

void forward(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvGeometry& s,
             std::span<float> out) {
  const std::span<const float> start = bias.defined() ? bias.data() : std::span<const float>();
  if (kernels::convolve(x.data(), weight.data(), start, s, out)) return;
  Matrices m(s);
  const std::int64_t kernel = m.rows_out * m.rows;
  // The bias goes in first and the product is added to it.
  for (std::int64_t plane = 0; bias.defined() && plane < s.batch * s.out_channels; ++plane) {
    const float value = bias.data()[static_cast<std::size_t>(plane % s.out_channels)];
    for (float& place : Matrices::part(out, plane, m.places)) place = value;
  }
  for_each_group(s, [&](std::int64_t i, std::int64_t g) {
    kernels::windows_to_columns(Matrices::part(x.data(), i, m.pixels), s, m.buffer);
    kernels::gemm(Trans::kNo, Trans::kNo, m.rows_out, m.places, m.rows,
                  Matrices::part(weight.data(), g, kernel), m.buffer,
                  Matrices::part(out, i, m.rows_out * m.places), bias.defined());
  });
}

// gradᵀ of the columns, scattered back to the pixels they came from.
Tensor backward_x(const Tensor& grad, const Tensor& x, const Tensor& weight,
                  const ConvGeometry& s) {
  Tensor grad_x(x.shape());
  Matrices m(s);
  for_each_group(s, [&](std::int64_t i, std::int64_t g) {
    kernels::gemm(Trans::kYes, Trans::kNo, m.rows, m.places, m.rows_out,
                  Matrices::part(weight.data(), g, m.rows_out * m.rows),
                  Matrices::part(grad.data(), i, m.rows_out * m.places), m.buffer);
    kernels::columns_to_windows(m.buffer, s, Matrices::part(grad_x.data(), i, m.pixels));
  });
  return grad_x;
}

// The columns are made once more: keeping them would take kernel² times the input's memory.
Tensor backward_weight(const Tensor& grad, const Tensor& x, const Tensor& weight,
                       const ConvGeometry& s) {
  Tensor grad_weight(weight.shape());
  const std::span<float> out = grad_weight.data();
  Matrices m(s);
  std::vector<kernels::LongSum> sums;
  for (std::int64_t g = 0; g < s.groups; ++g) {
    sums.emplace_back(Matrices::part(out, g, m.rows_out * m.rows));
  }
  for_each_group(s, [&](std::int64_t i, std::int64_t g) {
    kernels::windows_to_columns(Matrices::part(x.data(), i, m.pixels), s, m.buffer);
    kernels::gemm(Trans::kNo, Trans::kYes, m.rows_out, m.rows, m.places,
                  Matrices::part(grad.data(), i, m.rows_out * m.places), m.buffer,
                  Matrices::part(out, g, m.rows_out * m.rows),
                  sums[static_cast<std::size_t>(g)].continues(m.places));
  });
  for (kernels::LongSum& sum : sums) sum.finish();
  return grad_weight;
}

Tensor backward_bias(const Tensor& grad, const ConvGeometry& s) {
  std::vector<double> totals(static_cast<std::size_t>(s.out_channels));
  const std::int64_t places = s.out_height * s.out_width;
  for (std::int64_t plane = 0; plane < s.batch * s.out_channels; ++plane) {
    const std::span<const float> values = Matrices::part(grad.data(), plane, places);
    totals[static_cast<std::size_t>(plane % s.out_channels)] +=
        kernels::accumulate(values.size(), [values](std::size_t i) { return values[i]; });
  }
  Tensor grad_bias(Shape{s.out_channels});
  std::transform(totals.begin(), totals.end(), grad_bias.data().begin(),
                 [](double total) { return static_cast<float>(total); });
  return grad_bias;
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions& options) {
  check_conv(x, weight, bias, options.groups);
  const ConvGeometry s = sizes_of(x, weight, options);
  Tensor out(Shape{s.batch, s.out_channels, s.out_height, s.out_width});
  forward(x, weight, bias, s, out.data());
  return autograd::record(
      "conv2d", out, {x, weight, bias},
      [=](const Tensor& grad) {
        const bool bias_wanted = bias.defined() && bias.requires_grad();
        return std::vector{x.requires_grad() ? backward_x(grad, x, weight, s) : Tensor(),
                           weight.requires_grad() ? backward_weight(grad, x, weight, s) : Tensor(),
                           bias_wanted ? backward_bias(grad, s) : Tensor()};
      },
      {autograd::read_if(weight.requires_grad(), x), autograd::read_if(x.requires_grad(), weight)});
}

std::vector<Tensor> conv2d_gradients(const Tensor& grad, const Tensor& x, const Tensor& weight,
                                     const ConvOptions& options) {
  check_conv(x, weight, Tensor(), options.groups);
  const ConvGeometry s = sizes_of(x, weight, options);
  const Shape result{s.batch, s.out_channels, s.out_height, s.out_width};
  if (!(grad.shape() == result)) {
    throw Error(concat("conv2d_gradients: gradient ", to_string(grad.shape()), ", the result is ",
                       to_string(result)));
  }
  return {x.requires_grad() ? backward_x(grad, x, weight, s) : Tensor(),
          backward_weight(grad, x, weight, s), backward_bias(grad, s)};
}

}  // namespace tinytorch::ops
