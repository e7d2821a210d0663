// Writes the seeds of tests/fuzz/corpus/ anew: small files that every reader accepts, made by our
// own writers. What fuzzing finds is put beside them by hand, under a name that says what it was.
//   make_seeds CORPUS

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/small_training.h"
#include "tinytorch/autograd/reduction.h"
#include "tinytorch/nn/activation.h"
#include "tinytorch/nn/batch_norm.h"
#include "tinytorch/nn/conv2d.h"
#include "tinytorch/nn/flatten.h"
#include "tinytorch/nn/pooling.h"
#include "tinytorch/onnx/export_onnx.h"
#include "tinytorch/onnx/float_model.h"
#include "tinytorch/pipeline/recipe/new_recipe.h"
#include "tinytorch/quantization/deployed/network_file.h"
#include "tinytorch/quantization/qat/roads.h"
#include "tinytorch/train/safetensors.h"

using namespace tinytorch;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

Tensor drawn(const Shape& shape, Rng& rng) {
  Tensor x(shape);
  for (float& value : x.data()) value = rng.uniform(-1.0F, 1.0F);
  return x;
}

nn::Sequential small_cnn(Rng& rng) {
  return nn::sequential(nn::Conv2d(1, 2, 3, {.padding = 1}, rng), nn::BatchNorm2d(2), nn::ReLU(),
                        nn::residual(nn::sequential(nn::Conv2d(2, 2, 1, {}, rng), nn::ReLU6())),
                        nn::MaxPool2d(2), nn::Flatten(), nn::Linear(8, 3, rng));
}

void write_models(const fs::path& corpus) {
  Rng rng(4);
  const nn::Sequential mlp =
      nn::sequential(nn::Linear(3, 4, rng), nn::ReLU(), nn::Linear(4, 2, rng));
  const nn::Sequential cnn = small_cnn(rng);
  const auto chain = quantization::ptq(mlp, drawn({8, 3}, rng), {.weight_bits = 4});
  const auto images = quantization::ptq(cnn, drawn({4, 1, 4, 4}, rng));
  quantization::save_network(corpus / "quantized_network" / "chain.safetensors", chain,
                             {{"method", "ptq"}});
  quantization::save_network(corpus / "quantized_network" / "cnn.safetensors", images);
  // Layers that stay in float: a convolution with its batch norm, and a linear one behind a
  // Flatten.
  const auto mixed = quantization::ptq(cnn, drawn({4, 1, 4, 4}, rng), {.float_layers = {"0", "6"}});
  quantization::save_network(corpus / "quantized_network" / "float_layers.safetensors", mixed);
  onnx::export_onnx(chain, corpus / "onnx" / "chain.int8.onnx");
  onnx::export_onnx(images, corpus / "onnx" / "cnn.int8.onnx");
  onnx::float_model(cnn, {1, 4, 4}).save(corpus / "onnx" / "cnn.onnx");
}

void write_training(const fs::path& corpus) {
  fuzz::SmallTraining training;
  Rng rng(5);
  ops::sum(training.model->forward(drawn({2, 3}, rng))).backward();
  training.optimizer.step();
  train::save_checkpoint(corpus / "checkpoint" / "step.safetensors", *training.model,
                         training.parts());
  train::save_checkpoint(corpus / "weights" / "step.safetensors", *training.model);
  train::SafeTensors mixed;
  mixed.metadata = {{"format", "pt"}};
  for (const char* dtype : {"F64", "F32", "F16", "BF16", "I64", "U8", "BOOL"}) {
    mixed.tensors.push_back(
        {dtype, dtype, Shape{2},
         std::string(2 * static_cast<std::size_t>(train::dtype_bytes(dtype)), '\0')});
  }
  train::write_safetensors(corpus / "safetensors" / "dtypes.safetensors", mixed);
}

void write_data(const fs::path& corpus) {
  const std::string images("\0\0\x08\3\0\0\0\2\0\0\0\2\0\0\0\2\1\2\3\4\5\6\7\10", 24);
  const std::string labels("\0\0\x08\1\0\0\0\2\1\0", 10);
  for (const char* target : {"idx", "idx_pair"}) {
    write(corpus / target / "images", images);
    write(corpus / target / "labels", labels);
  }
  write(corpus / "csv" / "table.csv", "a,b,\"c, d\"\r\n1,+2.5,1e-40\n\" -inf \",nan,1_000\n");
  write(corpus / "pgm" / "ascii.pgm", "P2\n# two by two\n2 2\n255\n0 1\n254 255\n");
  write(corpus / "pgm" / "binary.pgm", "P5 2 2 255\n\1\2\3\4");
  write(corpus / "recipe" / "new.yaml", pipeline::new_recipe("seed"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds CORPUS\n");
    return 2;
  }
  const fs::path corpus = argv[1];
  for (const char* target : {"checkpoint", "csv", "idx", "idx_pair", "onnx", "pgm",
                             "quantized_network", "recipe", "safetensors", "weights"}) {
    fs::create_directories(corpus / target);
  }
  write_models(corpus);
  write_training(corpus);
  write_data(corpus);
  return 0;
}
