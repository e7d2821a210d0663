// A user's first program: a small network learns XOR. Prints "learned" when it has.
#include <cstdio>

#include "tinytorch/tinytorch.h"

using namespace tinytorch;

int main() {
  manual_seed(1);
  auto model = nn::sequential(nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 1));
  optim::Adam optimizer(model.parameters(), {.learning_rate = 0.05f});
  const Tensor x({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1});
  const Tensor y({4, 1}, {0, 1, 1, 0});
  for (int step = 0; step < 300; ++step) {
    const Tensor loss = losses::mse_loss(model(x), y);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  const float loss = no_grad([&] { return losses::mse_loss(model(x), y); }).item();
  std::printf("TinyTorch %d.%d, loss %.4f%s\n", TINYTORCH_VERSION_MAJOR, TINYTORCH_VERSION_MINOR,
              static_cast<double>(loss), loss < 0.01f ? ", learned" : "");
  return loss < 0.01f ? 0 : 1;
}
