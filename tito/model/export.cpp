#include "tito/model/run.h"
#include "tito/model/verbs.h"

namespace tito::model {

Verb export_verb() {
  return {"model", "export", "Train, quantize and write the files: what `run` does", kRunUsage,
          [](const std::vector<std::string>& arguments) {
            return run_up_to(arguments, tinytorch::pipeline::LastStep::kExport);
          }};
}

}  // namespace tito::model
