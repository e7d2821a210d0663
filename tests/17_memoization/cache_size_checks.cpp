#include "tests/17_memoization/checks.h"
#include "tinytorch/memoization/cache_size.h"

namespace checks17 {
namespace {

using namespace tinytorch::memoization;  // NOLINT: checks speak of nothing else

Values draw_size(Rng& rng) {
  return Values()
      .add_int("layers", integer(rng, 1, 100))
      .add_int("heads", integer(rng, 1, 100))
      .add_int("head_dim", integer(rng, 1, 300))
      .add_int("tokens", integer(rng, 0, 2'000'000))
      .add_int("budget", integer(rng, 0, 1'000'000'000'000))
      .add_int("int8", integer(rng, 0, 1));
}

Values draw_bad_size(Rng& rng) {
  return Values()
      .add("sizes", Ids{integer(rng, 1, 100), integer(rng, 1, 100), integer(rng, 1, 300),
                        integer(rng, 0, 1000), integer(rng, 0, 1'000'000)})
      .add_int("below", integer(rng, 1, 100))
      .add_int("huge", (std::int64_t{1} << 62) - integer(rng, 0, 1000));
}

Values run_size(const Values& in) {
  const ModelSizes model{in.get_int("layers"), in.get_int("heads"), in.get_int("head_dim")};
  const Format format = in.get_int("int8") == 1 ? Format::kInt8 : Format::kFloat32;
  return Values()
      .add_int("bytes", cache_bytes(model, in.get_int("tokens"), format))
      .add_int("tokens", tokens_within(model, in.get_int("budget"), format));
}

// Every way to be wrong, one after the other: each size below 1, negative numbers, a product beyond
// 64 bits.
Values run_bad_size(const Values& in) {
  std::string bytes, fits;
  for (std::size_t kind = 0; kind < 7; ++kind) {
    Ids s = in.get<std::int64_t>("sizes");
    if (kind < 3) s[kind] = 1 - in.get_int("below");
    if (kind == 3 || kind == 4) s[kind] = -in.get_int("below");
    if (kind == 5) s[3] = in.get_int("huge");
    bytes += outcome_of([&] { (void)cache_bytes({s[0], s[1], s[2]}, s[3], Format::kFloat32); });
    fits += outcome_of([&] { (void)tokens_within({s[0], s[1], s[2]}, s[4], Format::kInt8); });
  }
  return Values().add("bytes", bytes).add("tokens", fits);
}

}  // namespace

std::vector<Check> cache_size_checks() {
  return {
      {"17.1",
       "bytes and tokens",
       "up to 100 layers of 100 heads of 300, up to 2,000,000 tokens, both formats",
       {},
       12,
       draw_size,
       run_size},
      {"17.1",
       "refuses",
       "sizes below 1, negative tokens or budgets, products beyond 64 bits; and sizes that are "
       "fine",
       {},
       4,
       draw_bad_size,
       run_bad_size},
  };
}

}  // namespace checks17
