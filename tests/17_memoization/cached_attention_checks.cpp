#include "tests/17_memoization/checks.h"
#include "tests/17_memoization/support.h"
#include "tinytorch/memoization/cached_attention.h"

namespace checks17 {
namespace {

using namespace tinytorch::memoization;  // NOLINT: checks speak of nothing else
using tinytorch::Shape;
using tinytorch::Tensor;

// A layer, a sequence, and where it is cut in two.
Values draw_sequence(Rng& rng) {
  const std::int64_t heads = integer(rng, 1, 4);
  const std::int64_t width = heads * integer(rng, 1, 6);
  const std::int64_t count = integer(rng, 2, 12);
  return Values()
      .add_int("seed", integer(rng, 0, 1'000'000))
      .add_int("heads", heads)
      .add_int("width", width)
      .add_int("cut", integer(rng, 1, count - 1))
      .add("x", normals(rng, count * width, rng.uniform(0.5f, 4.0f)));
}

Values run_sequence(const Values& in) {
  Rng rng(static_cast<std::uint64_t>(in.get_int("seed")));
  const std::int64_t width = in.get_int("width"), heads = in.get_int("heads");
  const tinytorch::nn::MultiheadAttention layer(width, heads, {.is_causal = true}, rng);
  ListCache cache({heads, width / heads, 32});
  const Floats& all = in.get<float>("x");
  const Tensor x(Shape{static_cast<std::int64_t>(all.size()) / width, width}, all);
  const std::int64_t cut = in.get_int("cut");
  const Floats first = values(cached_attention(layer, x.rows(0, cut), cache));
  const Tensor second = cached_attention(layer, x.rows(cut, x.size(0)), cache);
  return Values()
      .add("first", first)
      .add("second", values(second))
      .add_int("seen", cache.seen())
      .add_int("records a graph", second.requires_grad() ? 1 : 0);
}

Values run_attend(const Values& in) {
  ListCache cache(shape_of(in));
  append_all(cache, in);
  Floats out(in.get<float>("queries").size(), 1.0f);
  attend(cache, in.get<float>("queries"), out);
  return Values().add("out", out);
}

}  // namespace

std::vector<Check> cached_attention_checks() {
  return {
      {"17.4",
       "attend",
       "1 to 20 tokens of 1 to 4 heads of 1 to 9, keys up to sizes where e^score overflows",
       {1e-4, 1e-4},
       10,
       [](Rng& rng) {
         const Values rows = draw_rows(rng, 0);
         Floats queries = rows.get<float>("queries");
         if (integer(rng, 0, 1) == 0) {
           for (float& q : queries) q *= 1000.0f;
         }
         Values in;
         for (const char* name : {"heads", "head_dim", "count", "capacity"}) {
           in.add_int(name, rows.get_int(name));
         }
         return in.add("keys", rows.get<float>("keys"))
             .add("values", rows.get<float>("values"))
             .add("queries", queries);
       },
       run_attend},
      {"17.5",
       "a layer in two pieces",
       "2 to 12 tokens of up to 24 features in 1 to 4 heads, cut somewhere",
       {1e-4, 1e-4},
       8,
       draw_sequence,
       run_sequence},
  };
}

}  // namespace checks17
