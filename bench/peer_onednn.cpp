#include <cstring>
#include <dnnl.hpp>

#include "bench/peer_onednn_engine.h"
#include "bench/peers.h"

namespace bench {
namespace {

using dnnl::memory;

// A matrix product whose weight has the layout oneDNN likes best.
struct Product {
  Product(std::int64_t rows, std::int64_t columns, std::int64_t depth, memory::data_type a,
          memory::data_type b, memory::data_type c)
      : m(rows),
        n(columns),
        k(depth),
        a_desc({m, k}, a, memory::format_tag::ab),
        c_desc({m, n}, c, memory::format_tag::ab),
        plan(dnnl::matmul::desc(a_desc, memory::desc({k, n}, b, memory::format_tag::any), c_desc),
             engine()),
        product(plan),
        x(a_desc, engine()),
        y(c_desc, engine()),
        weight(plan.weights_desc(), engine()),
        stream(engine()) {}

  void set_weight(const memory::desc& plain, const void* values) {
    memory from(plain, engine(), const_cast<void*>(values));
    dnnl::reorder(from, weight).execute(stream, from, weight);
    stream.wait();
  }
  void run() {
    product.execute(stream, {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, weight}, {DNNL_ARG_DST, y}});
    stream.wait();
  }

  template <typename T>
  std::span<T> input() {
    return {static_cast<T*>(x.get_data_handle()), static_cast<std::size_t>(m * k)};
  }
  template <typename T>
  std::span<const T> output() const {
    return {static_cast<const T*>(y.get_data_handle()), static_cast<std::size_t>(m * n)};
  }

  std::int64_t m, n, k;
  memory::desc a_desc, c_desc;
  dnnl::matmul::primitive_desc plan;
  dnnl::matmul product;
  memory x, y, weight;
  dnnl::stream stream;
};

}  // namespace

struct OneDnnInt8::Impl : Product {
  using Product::Product;
};

OneDnnInt8::OneDnnInt8(std::int64_t m, std::int64_t n, std::int64_t k, bool unsigned_input)
    : impl_(std::make_unique<Impl>(m, n, k,
                                   unsigned_input ? memory::data_type::u8 : memory::data_type::s8,
                                   memory::data_type::s8, memory::data_type::s32)) {}
OneDnnInt8::~OneDnnInt8() = default;
OneDnnInt8::OneDnnInt8(OneDnnInt8&&) noexcept = default;
void OneDnnInt8::run() { impl_->run(); }
std::span<std::int8_t> OneDnnInt8::input() { return impl_->input<std::int8_t>(); }
std::span<const std::int32_t> OneDnnInt8::sums() const { return impl_->output<std::int32_t>(); }
void OneDnnInt8::set_weight(std::span<const std::int8_t> weight) {
  impl_->set_weight(
      memory::desc({impl_->k, impl_->n}, memory::data_type::s8, memory::format_tag::ba),
      weight.data());
}

struct OneDnnFloat::Impl : Product {
  using Product::Product;
};

OneDnnFloat::OneDnnFloat(std::int64_t m, std::int64_t n, std::int64_t k)
    : impl_(std::make_unique<Impl>(m, n, k, memory::data_type::f32, memory::data_type::f32,
                                   memory::data_type::f32)) {}
OneDnnFloat::~OneDnnFloat() = default;
OneDnnFloat::OneDnnFloat(OneDnnFloat&&) noexcept = default;
void OneDnnFloat::run() { impl_->run(); }
std::span<float> OneDnnFloat::input() { return impl_->input<float>(); }
std::span<const float> OneDnnFloat::result() const { return impl_->output<float>(); }
void OneDnnFloat::set_weight(std::span<const float> b) {
  impl_->set_weight(
      memory::desc({impl_->k, impl_->n}, memory::data_type::f32, memory::format_tag::ab), b.data());
}

}  // namespace bench
