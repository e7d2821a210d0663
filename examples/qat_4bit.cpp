// Four bits: what calibration alone costs, and what quantization-aware training brings back.
#include <cstdio>

#include "tinytorch/tinytorch.h"

using namespace tinytorch;

int main() {
  manual_seed(0);
  const data::TensorDataset digits = data::load_digits();
  const data::Split split = data::stratified_split(digits.labels(), 0.2, default_rng());
  const data::TensorDataset train_set = digits.subset(split.train);
  const data::TensorDataset test_set = digits.subset(split.test);
  data::DataLoader loader(train_set, {.batch_size = 32, .shuffle = true});

  auto model = nn::sequential(nn::Linear(64, 128), nn::ReLU(), nn::Linear(128, 10));
  optim::Adam optimizer(model.parameters(), {.learning_rate = 2e-3f});
  train::Trainer trainer(model, optimizer, train::cross_entropy());
  trainer.fit(loader, 30);
  model.eval();

  const auto percent = [&](const Tensor& logits) {
    const std::int64_t right = train::count_correct(logits, test_set.labels());
    return 100.0 * static_cast<double>(right) / static_cast<double>(test_set.size());
  };
  const double in_float = percent(no_grad([&] { return model(test_set.inputs()); }));

  const quantization::QConfig four_bits{.weight_bits = 4, .activation_bits = 4};
  const auto calibrated = quantization::ptq(model, train_set.inputs(), four_bits);
  const double after_ptq = percent(calibrated.forward(test_set.inputs()));

  // The training pass runs the integers that will be deployed: what it reaches is what you get.
  const auto [trained, record] = quantization::qat(
      model, loader, four_bits, {.plan = {.epochs = 8}, .optimizer = {.learning_rate = 1e-3f}});
  const double after_qat = percent(trained.forward(test_set.inputs()));
  quantization::save_network("digits.safetensors", trained, {{"method", "qat"}});

  std::printf("float32 %.1f %%   4 bits, calibrated %.1f %%   4 bits, trained %.1f %%\n", in_float,
              after_ptq, after_qat);
  return after_qat > in_float - 2 ? 0 : 1;
}
