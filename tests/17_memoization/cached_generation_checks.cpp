#include "tests/17_memoization/checks.h"
#include "tests/17_memoization/support.h"
#include "tinytorch/memoization/cached_generation.h"

namespace checks17 {
namespace {

using namespace tinytorch::memoization;  // NOLINT: checks speak of nothing else
using tinytorch::nn::Gpt;
using tinytorch::nn::GptConfig;
using tinytorch::nn::Positions;

constexpr std::int64_t kVocabulary = 13;

Values draw_model(Rng& rng) {
  return Values()
      .add_int("seed", integer(rng, 0, 1'000'000))
      .add_int("layers", integer(rng, 1, 3))
      .add_int("heads", integer(rng, 1, 3))
      .add_int("head_dim", 2 * integer(rng, 1, 3))
      .add_int("sinusoidal", integer(rng, 0, 1));
}

GptConfig config_of(const Values& in) {
  return {
      .vocab_size = kVocabulary,
      .context_length = 24,
      .num_layers = in.get_int("layers"),
      .num_heads = in.get_int("heads"),
      .embed_dim = in.get_int("heads") * in.get_int("head_dim"),
      .positions = in.get_int("sinusoidal") == 1 ? Positions::kSinusoidal : Positions::kLearned};
}

Gpt model_of(const Values& in) {
  return small_gpt(static_cast<std::uint64_t>(in.get_int("seed")), config_of(in));
}

Values run_logits(const Values& in) {
  Gpt model = model_of(in);
  GenerationCache cache = list_caches(model.config(), 24);
  const std::span<const std::int64_t> ids = in.get<std::int64_t>("ids");
  const auto cut = static_cast<std::size_t>(in.get_int("cut"));
  const Floats first = values(cached_logits(model, ids.first(cut), cache));
  const tinytorch::Tensor second = cached_logits(model, ids.subspan(cut), cache);
  return Values()
      .add("first", first)
      .add("second", values(second))
      .add_int("seen", cache.seen())
      .add_int("records a graph", second.requires_grad() ? 1 : 0);
}

Values run_full(const Values& in) {
  Gpt model = model_of(in);
  GenerationCache cache = list_caches(model.config(), in.get_int("capacity"));
  const auto outcome = or_error([&] {
    (void)cached_logits(model, in.get<std::int64_t>("ids"), cache);
    return Values().add_int("accepted", 1);
  });
  GptConfig deeper = model.config();
  ++deeper.num_layers;
  GenerationCache other = list_caches(deeper, 24);
  Values out;
  out.add("outcome", outcome.entries().front().name);
  out.add("another model's cache", outcome_of([&] { (void)cached_logits(model, Ids{1}, other); }));
  for (std::int64_t i = 0; i < cache.size(); ++i) {
    out.add_int(tinytorch::concat("seen ", i), cache.layer(i).seen());
  }
  return out;
}

// Twice into the same cache, and what the random stream gives afterwards.
Values run_generate(const Values& in) {
  Gpt model = model_of(in);
  GenerationCache cache(model.config(), {.capacity = in.get_int("capacity")});
  Rng rng(static_cast<std::uint64_t>(in.get_int("seed")));
  const tinytorch::nn::SamplingOptions options{in.get_float("temperature"), in.get_int("top_k")};
  Values out;
  for (const char* name : {"tokens", "tokens again"}) {
    const Values made = or_error([&] {
      return Values().add("tokens", generate_cached(model, in.get<std::int64_t>("ids"),
                                                    in.get_int("new"), options, rng, cache));
    });
    const bool fine = made.entries().front().name == "tokens";
    out.add(name, fine ? made.get<std::int64_t>("tokens") : Ids{-1});
    if (fine) out.add_int(tinytorch::concat("seen after ", name), cache.seen());
    out.add_float(tinytorch::concat("drawn after ", name), rng.uniform());
  }
  return out
      .add("no prompt, no tokens",
           outcome_of([&] { (void)generate_cached(model, Ids{}, 0, options, rng, cache); }))
      .add("fewer than none",
           outcome_of([&] { (void)generate_cached(model, Ids{1}, -1, options, rng, cache); }));
}

}  // namespace

std::vector<Check> cached_generation_checks() {
  return {
      {"17.6",
       "a text in two pieces",
       "2 to 20 tokens, 1 to 3 layers of 1 to 3 heads, learned and sinusoidal positions",
       {1e-3, 1e-4},
       8,
       [](Rng& rng) {
         const std::int64_t count = integer(rng, 2, 20);
         return draw_model(rng)
             .add("ids", tokens(rng, count, kVocabulary))
             .add_int("cut", integer(rng, 1, count - 1));
       },
       run_logits},
      {"17.6",
       "full",
       "0 to 8 tokens for caches of 1 to 8: refused before anything has changed, or accepted",
       {},
       10,
       [](Rng& rng) {
         return draw_model(rng)
             .add("ids", tokens(rng, integer(rng, 0, 8), kVocabulary))
             .add_int("capacity", integer(rng, 1, 8));
       },
       run_full},
      {"17.7",
       "generate",
       "prompts of 1 to 6 tokens, up to 12 new ones, greedy and sampled, caches that may be too "
       "small",
       {},
       16,
       [](Rng& rng) {
         const std::int64_t prompt = integer(rng, 1, 6), fresh = integer(rng, 0, 12);
         return draw_model(rng)
             .add("ids", tokens(rng, prompt, kVocabulary))
             .add_int("new", fresh)
             .add_int("capacity",
                      std::max<std::int64_t>(1, prompt + fresh - 1 + integer(rng, -2, 3)))
             .add_float("temperature", integer(rng, 0, 1) == 0 ? 0.0f : rng.uniform(0.5f, 1.5f))
             .add_int("top_k", integer(rng, 0, 5));
       },
       run_generate},
  };
}

}  // namespace checks17
