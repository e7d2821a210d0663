// From a trained float model to int8 and to an ONNX file that other runtimes load.
#include <cstdio>
#include <filesystem>

#include "tinytorch/onnx/export_onnx.h"
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

  // Calibrate on some training images: each layer learns the range of its outputs.
  const Tensor images = train_set.inputs().rows(0, 512);
  const quantization::QuantizedNetwork network = quantization::ptq(model, images);
  onnx::export_onnx(network, "digits.onnx", {.provenance = {{"method", "ptq"}}});

  const auto percent = [&](const Tensor& logits) {
    const std::int64_t right = train::count_correct(logits, test_set.labels());
    return 100.0 * static_cast<double>(right) / static_cast<double>(test_set.size());
  };
  const double in_float = percent(no_grad([&] { return model(test_set.inputs()); }));
  const double in_int8 = percent(network.forward(test_set.inputs()));
  std::printf("float32 %.1f %%   int8 %.1f %%   digits.onnx %zu bytes\n", in_float, in_int8,
              static_cast<std::size_t>(std::filesystem::file_size("digits.onnx")));
  return in_float > 93 && in_int8 > in_float - 1 ? 0 : 1;
}
