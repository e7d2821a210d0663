#include "tinytorch/train/history.h"

namespace tinytorch::train {

void History::on_epoch_end(Trainer&, const EpochReport& report) { epochs_.push_back(report); }

void History::on_step_end(Trainer&, std::int64_t, float loss) { step_losses_.push_back(loss); }

}  // namespace tinytorch::train
