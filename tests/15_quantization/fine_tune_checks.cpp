#include "tests/15_quantization/checks.h"
#include "tests/support/small_networks.h"
#include "tinytorch/data/dataset.h"
#include "tinytorch/optim/sgd.h"
#include "tinytorch/quantization/qat/fine_tune.h"
#include "tinytorch/quantization/qat/qat_network.h"

namespace checks15 {
namespace {

using namespace tinytorch::quantization;  // NOLINT: checks speak of nothing else
using tinytorch::Shape;
using tinytorch::Tensor;
namespace data = tinytorch::data;
namespace nn = tinytorch::nn;
namespace small = tinytorch::small;

// Batches of one dataset in order. It may be used up after one pass, or promise one batch more.
class Batches : public data::BatchSource {
 public:
  Batches(const data::Dataset& examples, std::int64_t size, bool used_up, std::int64_t more)
      : examples_(examples), size_(size), used_up_(used_up), more_(more) {}
  void start_epoch() override {
    if (!used_up_) from_ = 0;
  }
  bool next(data::Batch& batch) override {
    if (from_ >= examples_.size()) return false;
    std::vector<std::int64_t> rows;
    while (from_ < examples_.size() && std::ssize(rows) < size_) rows.push_back(from_++);
    batch = examples_.get(rows);
    return true;
  }
  std::int64_t batches() const override { return (examples_.size() + size_ - 1) / size_ + more_; }

 private:
  const data::Dataset& examples_;
  std::int64_t size_;
  bool used_up_;
  std::int64_t more_;
  std::int64_t from_ = 0;
};

Values draw_run(Rng& rng) {
  const std::int64_t epochs = integer(rng, 1, 4);
  const std::int64_t count = integer(rng, 3, 14);
  const auto epoch = [&] { return integer(rng, -1, epochs + 1); };
  return Values()
      .add("x", normals(rng, count * 9, 1.0f))
      .add_int("seed", integer(rng, 0, 1 << 20))
      .add_int("batch", integer(rng, 2, 6))
      .add_int("epochs", epochs)
      .add_int("quantize_from", integer(rng, 0, 7) == 0 ? epoch() : integer(rng, 1, epochs))
      .add_int("freeze_observers_from", epoch())
      .add_int("freeze_batch_norm_from", epoch())
      .add_int("waits", integer(rng, 0, 15) == 0 ? 2 : 0)
      .add_int("used_up", integer(rng, 0, 7) == 0 ? 1 : 0)
      .add_int("more", integer(rng, 0, 7) == 0 ? 1 : 0);
}

Values record_values(const FineTuneRecord& record, const QatNetwork& net) {
  std::vector<std::int64_t> counts;
  std::vector<double> losses;
  for (const EpochSeen& epoch : record.epochs) {
    counts.insert(counts.end(),
                  {epoch.phase == QatPhase::kQuantize, epoch.batches, epoch.examples});
    losses.push_back(epoch.loss);
  }
  Floats state;
  for (const auto& [key, tensor] : net.state_dict()) {
    state.insert(state.end(), tensor.data().begin(), tensor.data().end());
  }
  return Values()
      .add("phases, batches, examples", counts)
      .add("losses", losses)
      .add_int("switch_step", record.switch_step)
      .add_float("difference", record.difference)
      .add("state", state)
      .add_int("observers frozen", net.observers_frozen())
      .add_int("batch norm frozen", net.batch_norm_frozen())
      .add_int("training", net.training());
}

Values run_fine_tune(const Values& in) {
  Rng rng(static_cast<std::uint64_t>(in.get_int("seed")));
  const auto model =
      small::sequence({small::conv(1, 3, 3, 1, 1, rng), std::make_shared<nn::BatchNorm2d>(3),
                       std::make_shared<nn::ReLU>(), std::make_shared<nn::Flatten>(),
                       std::make_shared<nn::Linear>(27, 4, rng)});
  const auto& x = in.get<float>("x");
  const auto count = static_cast<std::int64_t>(x.size() / 9);
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(integer(rng, 0, 3));
  const data::TensorDataset examples(Tensor(Shape{count, 1, 3, 3}, x), labels);
  Batches source(examples, in.get_int("batch"), in.get_int("used_up") != 0, in.get_int("more"));
  const auto net =
      prepare_network(*model, {.weight_bits = 4, .quantize_after_step = in.get_int("waits")});
  tinytorch::optim::SGD sgd(net->parameters(), {.learning_rate = 0.05f});
  const FineTunePlan plan{.epochs = in.get_int("epochs"),
                          .quantize_from = in.get_int("quantize_from"),
                          .freeze_observers_from = in.get_int("freeze_observers_from"),
                          .freeze_batch_norm_from = in.get_int("freeze_batch_norm_from")};
  return or_error([&] { return record_values(fine_tune(*model, *net, sgd, source, plan), *net); });
}

}  // namespace

std::vector<Check> fine_tune_checks() {
  return {
      {"15.50",
       "run",
       "1 to 4 epochs of a convolution with batch norm and a linear layer, switched and frozen at "
       "any of them; now and then a source used up after a pass, or one that promises too much",
       {1e-4, 1e-4},
       20,
       draw_run,
       run_fine_tune},
  };
}

}  // namespace checks15
