#include "bench/ladder/products.h"

#include <algorithm>

#include "bench/peers.h"
#include "tinytorch/kernels/gemm/packed_gemm.h"

namespace bench {

using namespace tinytorch;  // NOLINT: a program, not a header

FloatProduct::FloatProduct(std::int64_t side) : size(side) {
  const auto count = static_cast<std::size_t>(side * side);
  Rng rng(18);
  for (auto* matrix : {&a, &b}) {
    matrix->resize(count);
    for (float& value : *matrix) value = rng.normal();
  }
  c.resize(count);
  expected.resize(count);
  kernels::PackedFloats packed;
  kernels::pack({b.data(), side, 1}, side, side, packed);
  kernels::gemm_packed({a.data(), side, 1}, side, packed, expected.data(), false,
                       kernels::kernel_of(kernels::best_float_isa()));
}

Int8Product::Int8Product(std::int64_t side) : size(side) {
  const auto count = static_cast<std::size_t>(side * side);
  Rng rng(15);
  for (auto* codes : {&x, &weight}) {
    codes->resize(count);
    for (std::int8_t& code : *codes) code = static_cast<std::int8_t>(rng.below(256));
  }
  // Another for each output, so that who mixes them up is found.
  for (std::int64_t out = 0; out < side; ++out) bias.push_back(static_cast<std::int32_t>(37 * out));
  acc.resize(count);
  expected.resize(count);
  for (std::int64_t row = 0; row < side; ++row) {
    for (std::int64_t out = 0; out < side; ++out) {
      std::int32_t sum = bias[static_cast<std::size_t>(out)];
      for (std::int64_t k = 0; k < side; ++k) {
        sum += x[static_cast<std::size_t>(row * side + k)] *
               weight[static_cast<std::size_t>(out * side + k)];
      }
      expected[static_cast<std::size_t>(row * side + out)] = sum;
    }
  }
}

double product_operations(std::int64_t side) {
  const auto n = static_cast<double>(side);
  return 2.0 * n * n * n;
}

void add_float_peers([[maybe_unused]] const std::shared_ptr<FloatProduct>& product,
                     Ladder& ladder) {
#ifdef BENCH_ONEDNN
  const auto onednn = std::make_shared<OneDnnFloat>(product->size, product->size, product->size);
  std::copy(product->a.begin(), product->a.end(), onednn->input().begin());
  onednn->set_weight(product->b);
  ladder.peers.push_back({"oneDNN", "", [onednn] { onednn->run(); }, {}});
#else
  ladder.missing.emplace_back("oneDNN (libdnnl-dev)");
#endif
#ifdef BENCH_OPENBLAS
  const auto blas = [product] {
    openblas_gemm(product->size, product->size, product->size, product->a.data(), product->b.data(),
                  product->c.data());
  };
  ladder.peers.push_back({"OpenBLAS", "", blas, {}});
#else
  ladder.missing.emplace_back("OpenBLAS (libopenblas-dev)");
#endif
}

void add_int8_peers([[maybe_unused]] const std::shared_ptr<Int8Product>& product, Ladder& ladder) {
#ifdef BENCH_ONEDNN
  const auto onednn =
      std::make_shared<OneDnnInt8>(product->size, product->size, product->size, false);
  std::copy(product->x.begin(), product->x.end(), onednn->input().begin());
  onednn->set_weight(product->weight);
  const auto right = [onednn, product] {
    const auto sums = onednn->sums();
    bool same = sums.size() == product->expected.size();
    for (std::size_t i = 0; same && i < sums.size(); ++i) {
      same = sums[i] + product->bias[i % product->bias.size()] == product->expected[i];
    }
    return same;
  };
  ladder.peers.push_back({"oneDNN", "", [onednn] { onednn->run(); }, right});
#else
  ladder.missing.emplace_back("oneDNN (libdnnl-dev)");
#endif
}

}  // namespace bench
