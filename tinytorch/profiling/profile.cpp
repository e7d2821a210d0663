#include "tinytorch/profiling/profile.h"

#include "tinytorch/autograd/ops.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/nn/mode_guard.h"

namespace tinytorch::profiling {
namespace {

constexpr std::uint64_t kSeed = 14;

Latency time_forward(nn::Module& module, const Tensor& x, const TimingOptions& options,
                     const Clock& clock) {
  const nn::ModeGuard eval(module, false);
  const autograd::NoGradGuard no_grad;
  return summarize(time_calls([&] { (void)module.forward(x); }, options, clock));
}

// Values of the buffers (running statistics), restored at the end.
class BufferGuard {
 public:
  explicit BufferGuard(const nn::Module& module) : buffers_(module.named_buffers()) {
    for (const auto& [name, tensor] : buffers_) saved_.push_back(tensor.clone());
  }
  ~BufferGuard() {
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
      const std::span<const float> values = std::as_const(saved_[i]).data();
      std::copy(values.begin(), values.end(), buffers_[i].second.data().begin());
    }
  }
  BufferGuard(const BufferGuard&) = delete;
  BufferGuard& operator=(const BufferGuard&) = delete;

 private:
  std::vector<nn::NamedTensor> buffers_;
  std::vector<Tensor> saved_;
};

TrainingLatency time_both(nn::Module& module, Tensor x, TimingOptions options, const Clock& clock) {
  const BufferGuard buffers(module);
  const nn::ModeGuard train(module, true);
  x.set_requires_grad();
  options.calls_per_sample = 1;
  const auto result = time_training([&] { return ops::sum(module.forward(x)); }, options, clock);
  module.zero_grad();
  return result;
}

}  // namespace

std::vector<LayerProfile> profile_model(nn::Module& model, const Shape& input,
                                        const TimingOptions& options, const Clock& clock) {
  Rng rng(kSeed);
  std::vector<LayerProfile> profiles;
  for (const Layer& layer : walk_model(model, input)) {
    LayerProfile profile{layer, layer_cost(layer), {}, {}};
    if (!layer.is_view(false)) {
      const Tensor x = Tensor::randn(layer.input, rng);
      profile.forward = time_forward(*layer.module, x, options, clock);
      profile.training = time_both(*layer.module, x, options, clock);
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace tinytorch::profiling
