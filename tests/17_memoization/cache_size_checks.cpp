#include <limits>

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
  return Values().add_int("huge", (std::int64_t{1} << 62) - integer(rng, 0, 1000));
}

Values run_size(const Values& in) {
  const ModelSizes model{in.get_int("layers"), in.get_int("heads"), in.get_int("head_dim")};
  const Format format = in.get_int("int8") == 1 ? Format::kInt8 : Format::kFloat32;
  return Values()
      .add_int("bytes", cache_bytes(model, in.get_int("tokens"), format))
      .add_int("tokens", tokens_within(model, in.get_int("budget"), format));
}

// A product beyond 64 bits, and the largest that is not.
Values run_bad_size(const Values& in) {
  const ModelSizes model{1, 1, 1};
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() / 8;
  std::string said = outcome_of([&] { (void)cache_bytes(model, most, Format::kFloat32); });
  said += outcome_of([&] { (void)cache_bytes(model, most + 1, Format::kFloat32); });
  return Values().add("said", said + outcome_of([&] {
                                (void)cache_bytes(model, in.get_int("huge"), Format::kFloat32);
                              }));
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
       "products beyond 64 bits, and the largest that is not",
       {},
       4,
       draw_bad_size,
       run_bad_size},
  };
}

}  // namespace checks17
