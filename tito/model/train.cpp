#include "tito/model/run.h"
#include "tito/model/verbs.h"

namespace tito::model {

Verb train_verb() {
  return {"model", "train", "Train in float, every seed", kRunUsage,
          [](const std::vector<std::string>& arguments) {
            return run_up_to(arguments, tinytorch::pipeline::LastStep::kTrain);
          }};
}

}  // namespace tito::model
