#include "tinytorch/data/fashion_mnist.h"

#include <string>

#include "tinytorch/data/file.h"
#include "tinytorch/data/idx.h"

namespace tinytorch::data {
namespace {

TensorDataset load_part(const std::string& name) {
  const std::string stem = "fashion_mnist/" + name;
  return load_idx(find_data_file(stem + "-images.idx.gz"), find_data_file(stem + "-labels.idx.gz"));
}

}  // namespace

FashionMnist load_fashion_mnist() { return {load_part("train"), load_part("t10k")}; }

}  // namespace tinytorch::data
