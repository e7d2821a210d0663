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

// One of the ways to be wrong, or none of them.
Values draw_bad_size(Rng& rng) {
  Ids sizes{integer(rng, 1, 100), integer(rng, 1, 100), integer(rng, 1, 300), integer(rng, 0, 1000),
            integer(rng, 0, 1'000'000)};
  const std::int64_t which = integer(rng, 0, 6);
  if (which < 3) sizes[static_cast<std::size_t>(which)] = -integer(rng, 0, 3);
  if (which == 3 || which == 4) sizes[static_cast<std::size_t>(which)] = -integer(rng, 1, 100);
  if (which == 5) sizes[3] = std::int64_t{1} << integer(rng, 61, 62);
  return Values().add("sizes", sizes);
}

Values run_size(const Values& in) {
  const ModelSizes model{in.get_int("layers"), in.get_int("heads"), in.get_int("head_dim")};
  const Format format = in.get_int("int8") == 1 ? Format::kInt8 : Format::kFloat32;
  return Values()
      .add_int("bytes", cache_bytes(model, in.get_int("tokens"), format))
      .add_int("tokens", tokens_within(model, in.get_int("budget"), format));
}

Values run_bad_size(const Values& in) {
  const Ids& s = in.get<std::int64_t>("sizes");
  const auto bytes = or_error([&] {
    return Values().add_int("n", cache_bytes({s[0], s[1], s[2]}, s[3], Format::kFloat32));
  });
  const auto fits = or_error([&] {
    return Values().add_int("n", tokens_within({s[0], s[1], s[2]}, s[4], Format::kInt8));
  });
  return Values()
      .add("bytes", bytes.entries().front().name)
      .add("tokens", fits.entries().front().name);
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
       "sizes below 1, negative tokens or budgets, products beyond 64 bits; and some that are fine",
       {},
       12,
       draw_bad_size,
       run_bad_size},
  };
}

}  // namespace checks17
