#include "tinytorch/quantization/qat/detail/fine_tune_guards.h"

#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::quantization {

void require_plan(const FineTunePlan& plan, const QatNetwork& net) {
  require_at_least("fine_tune", "epochs", plan.epochs, 1);
  require_between("fine_tune", "quantize_from", plan.quantize_from, 1, plan.epochs);
  if (net.config().quantize_after_step == 0) return;
  throw Error(concat("fine_tune: the network waits for step ", net.config().quantize_after_step,
                     " as well; leave quantize_after_step at 0 and set quantize_from"));
}

void require_whole_epoch(std::int64_t epoch, std::int64_t batches, std::int64_t promised) {
  if (batches > 0 && batches == promised) return;
  throw Error(concat("fine_tune: epoch ", epoch, " saw ", batches, " batches, expected ", promised,
                     "; a source must begin again at start_epoch(): hand over the loader, not an "
                     "iterator of it"));
}

void require_quantized(float difference) {
  if (difference != 0.0f) return;
  throw Error("fine_tune: integers and floats answer the same; quantization was not on");
}

}  // namespace tinytorch::quantization
