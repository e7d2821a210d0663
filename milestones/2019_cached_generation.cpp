// 2019: generation that remembers (Shazeer, "Fast transformer decoding: one write-head is all you
// need"). A GPT learns a verse by heart and writes it down without a cache, with one, and with one
// in int8; then a larger one is timed at every length.
//
// Every number it prints was measured in this run: CPU time per token, the difference to the model
// without a cache, and the bytes that the caches took from the allocator. It fails when the texts
// or the logits differ or a byte is not accounted for, never because of a time.
//
//   milestone_2019_cached_generation [--out FOLDER]
//
// FOLDER receives an SVG of the times and results.json.
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "milestones/report/report.h"
#include "milestones/support/program.h"
#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/error.h"
#include "tinytorch/losses/cross_entropy.h"
#include "tinytorch/memoization/cache_size.h"
#include "tinytorch/memoization/cached_generation.h"
#include "tinytorch/optim/adam.h"
#include "tinytorch/text/characters.h"
#include "tinytorch/transformer/generation.h"

namespace {

std::int64_t live_bytes = 0;  // what operator new below has given out and not got back

}  // namespace

// Bytes are counted where they are really taken. Not inlined: g++ would see malloc, not new, beside
// delete and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = std::malloc(std::max<std::size_t>(size, 1));
  if (memory == nullptr) throw std::bad_alloc();
  live_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  live_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace {

using namespace tinytorch;               // NOLINT: a program, not a header
using namespace tinytorch::milestones;   // NOLINT
using namespace tinytorch::memoization;  // NOLINT
namespace fs = std::filesystem;
using Ids = std::vector<std::int64_t>;

constexpr const char* kVerse =
    "Each word asks every word that came before.\n"
    "The question fades as soon as it is heard;\n"
    "the keys and values stay, a growing store,\n"
    "and nothing is computed twice. Next word.\n";
constexpr std::size_t kPrompt = 5;

constexpr std::int64_t kLongest = 1024;
const std::vector<std::int64_t> kLengths = {16, 32, 64, 128, 256, 512, 1024};

// Of this process: whatever else the machine is doing, a token costs what it costs.
double cpu_milliseconds() {
  return 1e3 * static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// --- the verse ---

nn::Gpt learn_by_heart(const Ids& tokens, std::int64_t vocabulary) {
  Rng rng(2019);
  const auto length = static_cast<std::int64_t>(tokens.size()) - 1;
  nn::Gpt model({.vocab_size = vocabulary,
                 .context_length = length + 1,
                 .num_layers = 2,
                 .num_heads = 2,
                 .embed_dim = 64},
                rng);
  optim::AdamW optimizer(model.parameters(), {.learning_rate = 3e-3f, .weight_decay = 0.0f});
  const Tensor ids = nn::ids_tensor(std::span(tokens).first(tokens.size() - 1), Shape{1, length});
  const Ids labels(tokens.begin() + 1, tokens.end());
  float loss = 1.0f;
  int steps = 0;
  for (; steps < 400 && loss > 0.01f; ++steps) {
    model.zero_grad();
    const Tensor logits = ops::reshape(model.forward(ids), {-1, vocabulary});
    Tensor objective = losses::cross_entropy(logits, labels);
    objective.backward();
    optimizer.step();
    loss = objective.item();
  }
  std::printf("  learned %lld characters by heart in %d steps, loss %.4f\n\n",
              static_cast<long long>(tokens.size()), steps, static_cast<double>(loss));
  return model;
}

// Writes the verse down three ways; true when all three are the verse.
bool recite() {
  const text::CharTokenizer chars(kVerse);
  const Ids tokens = chars.encode(kVerse);
  nn::Gpt model = learn_by_heart(tokens, chars.vocab_size());
  const auto prompt = std::span(tokens).first(kPrompt);
  const auto fresh = static_cast<std::int64_t>(tokens.size() - kPrompt);
  const nn::SamplingOptions greedy{.temperature = 0.0f};
  Rng rng(1);
  const Ids plain = nn::generate(model, prompt, fresh, greedy, rng);
  GenerationCache cache(model.config());
  const Ids cached = generate_cached(model, prompt, fresh, greedy, rng, cache);
  GenerationCache small(model.config(), {.kind = CacheKind::kInt8});
  const Ids int8 = generate_cached(model, prompt, fresh, greedy, rng, small);
  const auto judged = [&](const Ids& written) {
    return written == tokens ? "the verse" : "ANOTHER TEXT";
  };
  say(concat(chars.decode(cached), "\nwithout a cache ", judged(plain), ", with one ",
             judged(cached), ", in int8 ", judged(int8), "\n"));
  return plain == tokens && cached == tokens && int8 == tokens;
}

// --- the times ---

struct Run {
  std::vector<double> milliseconds;  // per token, one for each length
  std::vector<Tensor> logits;        // of the last token, one for each length
};

// One forward pass over the whole text is what a token costs without a cache.
Run time_uncached(nn::Gpt& model, const Ids& text) {
  const autograd::NoGradGuard no_grad;
  Run run;
  for (const std::int64_t length : kLengths) {
    const Tensor ids =
        nn::ids_tensor(std::span(text).first(static_cast<std::size_t>(length)), Shape{1, length});
    std::vector<double> times;
    Tensor logits;
    for (int i = 0; i < 3; ++i) {
      const double begin = cpu_milliseconds();
      logits = model.forward(ids);
      times.push_back(cpu_milliseconds() - begin);
    }
    run.milliseconds.push_back(median(times));
    run.logits.push_back(logits.view({length, -1}).rows(length - 1, length).clone());
  }
  return run;
}

// Token after token; a length's time is the median of the 15 tokens that lead up to it.
Run time_cached(nn::Gpt& model, const Ids& text, GenerationCache& cache) {
  Run run;
  std::vector<double> times;
  for (std::size_t t = 0; t < text.size(); ++t) {
    const double begin = cpu_milliseconds();
    const Tensor logits = cached_logits(model, std::span(text).subspan(t, 1), cache);
    times.push_back(cpu_milliseconds() - begin);
    const auto length = static_cast<std::int64_t>(t + 1);
    if (std::find(kLengths.begin(), kLengths.end(), length) == kLengths.end()) continue;
    run.milliseconds.push_back(median({times.end() - 15, times.end()}));
    run.logits.push_back(logits);
  }
  return run;
}

float largest_difference(const Run& a, const Run& b) {
  float largest = 0.0f;
  for (std::size_t i = 0; i < a.logits.size(); ++i) {
    const std::span<const float> x = a.logits[i].data();
    const std::span<const float> y = b.logits[i].data();
    for (std::size_t j = 0; j < x.size(); ++j) largest = std::max(largest, std::fabs(x[j] - y[j]));
  }
  return largest;
}

// --- the bytes ---

struct Bytes {
  std::int64_t counted = 0;   // by the formula, before the cache exists
  std::int64_t held = 0;      // by the cache, of its buffers
  std::int64_t measured = 0;  // taken from the allocator to make it
};

GenerationCache weigh(const nn::GptConfig& config, CacheKind kind, Bytes& bytes) {
  const ModelSizes sizes{.layers = config.num_layers,
                         .heads = config.num_heads,
                         .head_dim = config.embed_dim / config.num_heads};
  const Format format = kind == CacheKind::kInt8 ? Format::kInt8 : Format::kFloat32;
  const std::int64_t before = live_bytes;
  GenerationCache cache(config, {.kind = kind});
  bytes = {cache_bytes(sizes, config.context_length, format), cache.bytes(), live_bytes - before};
  return cache;
}

// The allocator rounds up, and objects have a size of their own: a page a buffer at most.
bool accounted(const Bytes& bytes, std::int64_t layers) {
  return bytes.held == bytes.counted && bytes.measured >= bytes.counted &&
         bytes.measured <= bytes.counted + layers * 4 * 4096 + 4096;
}

Report report_times(const Run& plain, const Run& cached, const Run& int8) {
  constexpr const char* kMilliseconds = "%.3f ms";
  Report report({{"tokens", "tokens", 8},
                 {"ms_no_cache", "no cache", 14, kMilliseconds},
                 {"ms_cache", "cache", 14, kMilliseconds},
                 {"ms_int8_cache", "int8 cache", 14, kMilliseconds},
                 {"", "faster", 12, "%.1f x"}});
  report.print_head();
  for (std::size_t i = 0; i < kLengths.size(); ++i) {
    report.add({kLengths[i], plain.milliseconds[i], cached.milliseconds[i], int8.milliseconds[i],
                plain.milliseconds[i] / cached.milliseconds[i]});
  }
  return report;
}

Series curve(const char* name, const char* colour, const Run& run) {
  Series series{.name = name, .colour = colour, .drawn = Drawn::kLine};
  for (std::size_t i = 0; i < kLengths.size(); ++i) {
    series.marks.push_back({.x = static_cast<double>(kLengths[i]), .y = run.milliseconds[i]});
  }
  return series;
}

// Both axes logarithmic: a cost that grows with the length is a slope, one that does not is level.
Chart picture(const Run& plain, const Run& cached, const Run& int8) {
  Axis tokens{"tokens so far", true, kLengths.front(), kLengths.back()};
  for (const std::int64_t n : kLengths) {
    tokens.ticks.push_back({static_cast<double>(n), std::to_string(n)});
  }
  return {.title = "What the next token costs",
          .panels = {{.x = tokens,
                      .y = {.name = "ms of CPU time", .logarithmic = true},
                      .series = {curve("no cache", kOrange, plain), curve("cache", kBlue, cached),
                                 curve("int8 cache", kGreen, int8)}}}};
}

bool measure(const fs::path& folder) {
  Rng rng(7);
  nn::Gpt model({.context_length = kLongest}, rng);
  Ids text;
  for (std::int64_t i = 0; i < kLongest; ++i) {
    text.push_back(static_cast<std::int64_t>(rng.below(256)));
  }
  Bytes wide, narrow;
  GenerationCache cache = weigh(model.config(), CacheKind::kFloat, wide);
  GenerationCache small = weigh(model.config(), CacheKind::kInt8, narrow);
  const Run plain = time_uncached(model, text);
  const Run cached = time_cached(model, text, cache);
  const Run int8 = time_cached(model, text, small);
  std::printf("  %s: what the next token costs\n\n", model.describe().c_str());
  Report report = report_times(plain, cached, int8);
  std::printf("\n");
  Report sizes({{"", "bytes", 11},
                {"", "counted", 12},
                {"", "held", 12},
                {"", "measured", 12},
                {"", "logits differ", 15, "%.1e"}});
  sizes.print_head();
  const auto weighed = [&](const std::string& name, const Bytes& bytes, const Run& run) {
    const auto difference = static_cast<double>(largest_difference(plain, run));
    sizes.add({name, bytes.counted, bytes.held, bytes.measured, difference});
    const std::string key = name == "cache" ? "cache" : "int8_cache";
    report.set("bytes_" + key, bytes.measured);
    report.set("largest_difference_" + key, difference);
  };
  weighed("cache", wide, cached);
  weighed("int8 cache", narrow, int8);
  std::printf("\n");
  report.write(folder, {{"cached_generation.svg", picture(plain, cached, int8)}});
  const std::int64_t layers = model.config().num_layers;
  const bool exact = largest_difference(plain, cached) < 1e-4f;
  return exact && accounted(wide, layers) && accounted(narrow, layers);
}

bool run(const fs::path& folder) {
  const bool recited = recite();
  const bool exact = measure(folder);
  if (!recited || !exact) {
    say("\nBelow the goal: the verse three times, logits within 1e-4 of the model without a cache, "
        "every byte accounted for.");
  }
  return recited && exact;
}

}  // namespace

int main(int argc, char** argv) { return run_into_folder(argc, argv, "tinytorch_2019", run); }
