// 2018: does quantization-aware training pay? (Jacob et al., "Quantization and Training of Neural
// Networks for Efficient Integer-Arithmetic-Only Inference".) A byte-level GPT reads a novel; its
// weights are stored in 8, 6 and 4 bits, row by row, in your own golf dialect, and read back.
//
//   PTQ   trained in float, rounded at the end
//   QAT   the same float training until three quarters, then with the weights that will be stored
//
// The two share initial weights, batches and the first three quarters, so that their difference
// says what QAT changed and little else; it stands with its 95 % interval over the seeds. What
// counts is the model that comes back from the bytes. docs/qat_ablation.md asks the same with more
// cells.
//
//   milestone_2018_qat_pays [--probe] [--out FOLDER]
//
// Four minutes; --probe takes seconds, and shows that everything works, not who wins.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "milestones/report/report.h"
#include "milestones/report/text.h"
#include "milestones/support/bits_per_byte.h"
#include "milestones/support/paired_interval.h"
#include "milestones/support/program.h"
#include "milestones/support/text_artifact.h"
#include "milestones/support/text_corpus.h"
#include "milestones/support/text_training.h"
#include "tinytorch/core/error.h"

namespace {

using namespace tinytorch;              // NOLINT: a program, not a header
using namespace tinytorch::milestones;  // NOLINT
namespace fs = std::filesystem;
using quantization::WeightQat;
using quantization::WeightQatOptions;

constexpr int kWidths[] = {8, 6, 4};

struct Size {
  TextPlan plan{.model = {.vocab_size = 256,
                          .context_length = 64,
                          .num_layers = 2,
                          .num_heads = 4,
                          .embed_dim = 64},
                .batch = 16,
                .steps = 1600,
                .warmup = 60,
                .warmdown = 320,
                .rate = 2e-3f};
  std::uint64_t seeds = 4;
  std::size_t validation_bytes = 40000;
};

Size probe_size() {
  Size size;
  size.plan.model = {
      .vocab_size = 256, .context_length = 32, .num_layers = 1, .num_heads = 2, .embed_dim = 32};
  size.plan.steps = 120;
  size.plan.warmdown = 24;
  size.seeds = 2;
  size.validation_bytes = 4000;
  return size;
}

WeightQatOptions options_of(int bits) {
  return {.bits = bits, .mode = quantization::GolfMode::kFixed};
}

// A value a seed, at one width.
struct Figures {
  std::vector<double> rounded;
  std::vector<double> trained;
  double bytes = 0.0;
};

class Experiment {
 public:
  explicit Experiment(const Size& size) : size_(size), text_(load_moby_dick()) {
    text_.validation.resize(size.validation_bytes);
  }

  void run_seed(std::uint64_t seed) {
    const TextPlan& plan = size_.plan;
    const std::int64_t late = plan.steps * 3 / 4;
    TextTraining shared(plan, seed);
    train(shared, 0, late, nullptr);
    for (std::size_t i = 0; i < std::size(kWidths); ++i) {
      const WeightQatOptions options = options_of(kWidths[i]);
      TextTraining quantized(plan, seed);
      quantized.model().load_state_dict(shared.model().state_dict());
      quantized.optimizer().load_state(shared.optimizer().state());
      WeightQat qat(quantized.model(), options);
      train(quantized, late, plan.steps, &qat);
      qat.require_was_on();
      figures[i].trained.push_back(stored_score(quantized.model(), options, nullptr));
    }
    train(shared, late, plan.steps, nullptr);
    in_float.push_back(score(shared.model()));
    for (std::size_t i = 0; i < std::size(kWidths); ++i) {
      const WeightQatOptions options = options_of(kWidths[i]);
      figures[i].rounded.push_back(stored_score(shared.model(), options, &figures[i].bytes));
    }
  }

  Figures figures[std::size(kWidths)];
  std::vector<double> in_float;

 private:
  void train(TextTraining& training, std::int64_t begin, std::int64_t end, WeightQat* qat) {
    for (std::int64_t step = begin; step < end; ++step) training.step(text_.train, step, qat);
  }

  double score(nn::Gpt& model) const {
    return text_bits_per_byte(model, text_.validation, model.config().context_length);
  }

  double stored_score(const nn::Gpt& model, const WeightQatOptions& options, double* bytes) const {
    const std::string packed = pack_model(model, options);
    if (bytes != nullptr) *bytes = static_cast<double>(packed.size());
    nn::Gpt restored(model.config());
    unpack_model(packed, restored, options);
    return score(restored);
  }

  Size size_;
  TextSplit text_;
};

Chart picture(const std::vector<Interval>& differences) {
  const double last = static_cast<double>(differences.size()) - 0.5;
  Panel panel{.title = "QAT less PTQ",
              .x = {.low = -0.5, .high = last},
              .y = {.name = "bits a byte; below 0, QAT pays"},
              .references = {{.from = {-0.5, 0.0}, .to = {last, 0.0}}},
              .width = 360.0};
  Series series{.colour = kBlue};
  for (std::size_t i = 0; i < differences.size(); ++i) {
    const auto x = static_cast<double>(i);
    panel.x.ticks.push_back({x, concat("int", kWidths[i])});
    series.marks.push_back({.x = x, .y = differences[i].mean, .spread = differences[i].half});
  }
  panel.series = {series};
  return {.title = "Does quantization-aware training pay?", .panels = {panel}};
}

bool run(bool probe, const fs::path& folder) {
  const Size size = probe ? probe_size() : Size{};
  Experiment experiment(size);
  for (std::uint64_t seed = 1; seed <= size.seeds; ++seed) {
    std::fprintf(stderr, "\r  seed %d of %d", static_cast<int>(seed), static_cast<int>(size.seeds));
    experiment.run_seed(seed);
  }
  std::fprintf(stderr, "\r%40s\r", "");

  Report report({{"weights", "weights", 8},
                 {"bytes", "bytes", 8, "%.0f"},
                 {"ptq", "PTQ", 8, "%.4f"},
                 {"qat", "QAT", 8, "%.4f"},
                 {"difference", "QAT less PTQ", 13, "%+.4f"},
                 {"half", "±", 8, "%.4f"},
                 {"verdict", "QAT", 6}});
  report.set("seeds", static_cast<std::int64_t>(size.seeds));
  report.set("float", mean_interval(experiment.in_float).mean);
  report.print_head();
  std::vector<Interval> differences;
  for (std::size_t i = 0; i < std::size(kWidths); ++i) {
    const Figures& figures = experiment.figures[i];
    const Interval difference = paired_interval(figures.trained, figures.rounded);
    const char* verdict =
        difference.below(0.0) ? "pays" : (difference.above(0.0) ? "costs" : "open");
    report.add({concat("int", kWidths[i]), figures.bytes, mean_interval(figures.rounded).mean,
                mean_interval(figures.trained).mean, difference.mean, difference.half,
                std::string(verdict)});
    differences.push_back(difference);
  }
  std::printf("\n");
  say(concat("Bits a byte of the model that comes back from its bytes; in float ",
             format("%.4f", mean_interval(experiment.in_float).mean), ". ", size.seeds,
             " seeds, the interval is Student's 95 %."));
  report.write(folder, {{"qat_pays.svg", picture(differences)}});
  // The claim: where rounding costs something, training wins some of it back.
  return probe || differences.back().below(0.0);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> rest;
  bool probe = false;
  for (int i = 0; i < argc; ++i) {
    if (std::strcmp(argv[i], "--probe") == 0) {
      probe = true;
    } else {
      rest.push_back(argv[i]);
    }
  }
  rest.push_back(nullptr);
  return run_into_folder(static_cast<int>(rest.size()) - 1, rest.data(), "tinytorch_qat_pays",
                         [&](const fs::path& folder) { return run(probe, folder); });
}
