// A small GPT learns a verse, then writes text: without a cache and with one, the same letters.
#include <chrono>
#include <cstdio>

#include "tinytorch/tinytorch.h"

using namespace tinytorch;

constexpr const char* kVerse =
    "Each word asks every word that came before.\n"
    "The question fades as soon as it is heard;\n"
    "the keys and values stay, a growing store,\n"
    "and nothing is computed twice. Next word.\n";

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int main() {
  manual_seed(0);
  const text::CharTokenizer tokenizer(kVerse);
  const text::Tokens tokens = tokenizer.encode(kVerse);
  const auto length = static_cast<std::int64_t>(tokens.size()) - 1;
  nn::Gpt model({.vocab_size = tokenizer.vocab_size(),
                 .context_length = length + 1,
                 .num_layers = 2,
                 .num_heads = 2,
                 .embed_dim = 64});

  // Every position predicts the letter that follows it.
  const Tensor inputs = nn::ids_tensor(std::span(tokens).first(tokens.size() - 1), {1, length});
  const text::Tokens labels(tokens.begin() + 1, tokens.end());
  optim::AdamW optimizer(model.parameters(), {.learning_rate = 3e-3f});
  float last = 0.0f;
  for (int step = 0; step < 150; ++step) {
    const Tensor logits = model(inputs).reshape({-1, tokenizer.vocab_size()});
    const Tensor loss = losses::cross_entropy(logits, labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    last = loss.item();
  }
  std::printf("loss %.3f\n", static_cast<double>(last));

  const text::Tokens prompt = tokenizer.encode("Each");
  const nn::SamplingOptions sampling{.temperature = 0.5f, .top_k = 5};
  auto start = std::chrono::steady_clock::now();
  Rng rng(1);
  const text::Tokens plain = nn::generate(model, prompt, 150, sampling, rng);
  const double without_cache = seconds_since(start);

  start = std::chrono::steady_clock::now();
  rng = Rng(1);
  memoization::GenerationCache cache(model.config());
  const text::Tokens cached =
      memoization::generate_cached(model, prompt, 150, sampling, rng, cache);
  std::printf("%s\n%.0f ms with a cache, %.0f ms without\n", tokenizer.decode(cached).c_str(),
              1e3 * seconds_since(start), 1e3 * without_cache);
  return cached == plain && last < 0.5f ? 0 : 1;
}
