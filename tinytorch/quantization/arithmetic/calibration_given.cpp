// What the per-channel observer needs besides its task.
#include "tinytorch/core/error.h"
#include "tinytorch/quantization/arithmetic/calibration.h"

namespace tinytorch::quantization {

PerChannelObserver::PerChannelObserver(std::int64_t channels) {
  if (channels < 1) throw Error(concat("PerChannelObserver: ", channels, " channels"));
  ranges_.resize(static_cast<std::size_t>(channels));
}

const std::vector<Range>& PerChannelObserver::ranges() const {
  if (!seen_) throw Error("ranges: nothing observed yet; show the observer a batch first");
  return ranges_;
}

}  // namespace tinytorch::quantization
