#include <limits>

#include "tests/15_quantization/checks.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/quantization/qat/fake_quant.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else
using tinytorch::Shape;
using tinytorch::Tensor;

Values draw_fake(Rng& rng) {
  const float scale = rng.uniform(1e-2f, 1.0f);
  const int bits = static_cast<int>(integer(rng, 2, 8));
  const QRange range = full_range(bits);
  return Values()
      .add("x", with_ties(rng, 400, scale))
      .add("grad", normals(rng, 400, 1.0f))
      .add_float("scale", scale)
      .add_int("zero_point", integer(rng, range.qmin, range.qmax))
      .add_int("bits", bits);
}

QParams params_of(const Values& in) {
  return {in.get_float("scale"), static_cast<std::int32_t>(in.get_int("zero_point"))};
}

QRange range_of(const Values& in) { return full_range(static_cast<int>(in.get_int("bits"))); }

Values run_fake(const Values& in) {
  const Shape shape{20, 20};
  Tensor x(shape, in.get<float>("x"));
  x.set_requires_grad();
  const Tensor y = fake_quantize(x, params_of(in), range_of(in));
  tinytorch::ops::sum(tinytorch::ops::mul(y, Tensor(shape, in.get<float>("grad")))).backward();
  const Tensor grad = x.grad();
  return Values()
      .add("y", Floats(y.data().begin(), y.data().end()))
      .add("grad of x", grad.defined() ? Floats(grad.data().begin(), grad.data().end()) : Floats{});
}

}  // namespace

std::vector<Check> fake_quant_checks() {
  return {
      {"15.16",
       "mask",
       "400 values, half of them on ties, some clipped, any zero-point, 2 to 8 bits",
       {},
       10,
       draw_fake,
       [](const Values& in) {
         return Values().add("mask", ste_mask(in.get<float>("x"), params_of(in), range_of(in)));
       }},
      {"15.17",
       "forward and backward",
       "the same values as a 20 × 20 tensor with random gradients",
       {},
       8,
       draw_fake,
       run_fake},
      {"15.18",
       "scale gradient",
       "the same values and gradients, symmetric ranges of 2 to 8 bits",
       {1e-5, 1e-6},
       8,
       draw_fake,
       [](const Values& in) {
         const QRange range = symmetric_range(static_cast<int>(in.get_int("bits")));
         return Values().add_float("gradient",
                                   lsq_scale_gradient(in.get<float>("x"), in.get<float>("grad"),
                                                      in.get_float("scale"), range));
       }},
  };
}

}  // namespace checks15
