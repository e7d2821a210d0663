#include "tito/model/run.h"
#include "tito/model/verbs.h"

namespace tito::model {

Verb quantize_verb() {
  return {"model", "quantize", "Train, quantize and measure every form", kRunUsage,
          [](const std::vector<std::string>& arguments) {
            return run_up_to(arguments, tinytorch::pipeline::LastStep::kQuantize);
          }};
}

}  // namespace tito::model
