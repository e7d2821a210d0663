#include "tinytorch/train/history.h"

#include "tinytorch/core/error.h"

namespace tinytorch::train {
namespace {

// Of each epoch, in the order of state().
constexpr std::size_t kCounts = 4;
constexpr std::size_t kNumbers = 5;

}  // namespace

void History::on_epoch_end(Trainer&, const EpochReport& report) { epochs_.push_back(report); }

void History::on_step_end(Trainer&, std::int64_t, float loss) { step_losses_.push_back(loss); }

State History::state() const {
  State::Integers counts;
  State::Reals numbers;
  for (const EpochReport& report : epochs_) {
    const Evaluation validation = report.validation.value_or(Evaluation{});
    counts.insert(counts.end(),
                  {report.epoch, report.epochs, report.validation ? 1 : 0, validation.examples});
    numbers.insert(numbers.end(), {report.train_loss, double{report.learning_rate}, report.seconds,
                                   validation.loss, validation.accuracy});
  }
  State state;
  state.add("counts", std::move(counts));
  state.add("numbers", std::move(numbers));
  state.add("step_losses", step_losses_);
  return state;
}

void History::load_state(const State& state) {
  state.require_names_of(this->state());
  const State::Floats& step_losses = state.floats("step_losses");
  const State::Integers& counts = state.integers("counts");
  const std::size_t epochs = counts.size() / kCounts;
  const State::Reals& numbers = state.reals("numbers", epochs * kNumbers);
  if (counts.size() % kCounts != 0) {
    throw Error(concat("history: ", counts.size(), " counts; expected ", kCounts, " an epoch"));
  }
  std::vector<EpochReport> reports;
  for (std::size_t i = 0; i < epochs; ++i) {
    const std::int64_t* count = &counts[i * kCounts];
    const double* number = &numbers[i * kNumbers];
    EpochReport report{.epoch = count[0],
                       .epochs = count[1],
                       .train_loss = number[0],
                       .learning_rate = static_cast<float>(number[1]),
                       .seconds = number[2]};
    if (count[2] != 0) report.validation = Evaluation{number[3], number[4], count[3]};
    reports.push_back(report);
  }
  epochs_ = std::move(reports);
  step_losses_ = step_losses;
}

}  // namespace tinytorch::train
