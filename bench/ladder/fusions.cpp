#include "bench/ladder/fusions.h"

#include <cmath>
#include <limits>
#include <memory>

#include "tinytorch/core/rng.h"
#include "tinytorch/kernels/acceleration/fused.h"
#include "tinytorch/kernels/activation.h"
#include "tinytorch/kernels/fusions.h"
#include "tinytorch/kernels/gemm/acceleration.h"
#include "tinytorch/kernels/rows.h"
#include "tinytorch/kernels/softmax.h"

namespace bench {
namespace {

using namespace tinytorch;  // NOLINT: a program, not a header

struct Square {
  std::size_t side;
  std::vector<float> x, bias, out, expected;

  explicit Square(std::size_t n) : side(n), x(n * n), bias(n), out(n * n), expected(n * n) {
    Rng rng(7);
    for (auto* values : {&x, &bias}) {
      for (float& value : *values) value = rng.normal();
    }
  }
  // To rounding: exponentials and sums are taken in another way.
  bool right() const {
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!(std::abs(out[i] - expected[i]) <= 1e-5f)) return false;
    }
    return true;
  }
};

void gelu_in_passes(const Square& s, std::vector<float>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = s.x[i] + s.bias[i % s.side];
  kernels::gelu_tanh(out, out);
}

constexpr float kScale = 0.125f;

void softmax_in_passes(const Square& s, std::vector<float>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = s.x[i] * kScale;
  for (std::size_t r = 0; r < s.side; ++r) {
    for (std::size_t j = r + 1; j < s.side; ++j) {
      out[r * s.side + j] = -std::numeric_limits<float>::infinity();
    }
  }
  const auto n = static_cast<std::int64_t>(s.side);
  kernels::softmax(out, {n, n, 1}, out);
}

Ladder ladder_of(const std::string& name, int side) {
  Ladder ladder;
  ladder.name = name + ", " + std::to_string(side) + " a side";
  ladder.unit = "Gvalues/s";
  ladder.operations = static_cast<double>(side) * side;
  return ladder;
}

std::string in_the_engine(const std::string& what, bool is_theirs) {
  return "engine's " + what + (is_theirs ? ": module 18's" : ": in passes");
}

}  // namespace

std::vector<Ladder> fusion_ladders(int side) {
  const auto gelu = std::make_shared<Square>(static_cast<std::size_t>(side));
  gelu_in_passes(*gelu, gelu->expected);
  const auto soft = std::make_shared<Square>(static_cast<std::size_t>(side));
  softmax_in_passes(*soft, soft->expected);
  Ladder first = ladder_of("bias and GELU", side);
  first.rungs = {{"pass after pass", "", [gelu] { gelu_in_passes(*gelu, gelu->out); }, {}},
                 {"fused", "18.7", [gelu] { kernels::bias_gelu(gelu->x, gelu->bias, gelu->out); },
                  [gelu] { return gelu->right(); }, 5.0}};
  first.peers = {{in_the_engine("gelu_tanh_rows", kernels::fusions().bias_gelu != nullptr),
                  "",
                  [gelu] { kernels::gelu_tanh_rows(gelu->x, gelu->out); },
                  {}}};
  Ladder second = ladder_of("scale, mask, softmax", side);
  second.rungs = {
      {"pass after pass", "", [soft] { softmax_in_passes(*soft, soft->out); }, {}},
      {"fused", "18.7",
       [soft, side] { kernels::scaled_softmax(soft->x, side, kScale, true, soft->out); },
       [soft] { return soft->right(); }, 3.0}};
  second.peers = {{in_the_engine("softmax_rows", kernels::fusions().softmax != nullptr), "",
                   [soft, side] { kernels::softmax_rows(soft->x, side, kScale, true, soft->out); },
                   [soft] { return soft->right(); }}};
  return {first, second};
}

}  // namespace bench
