#include "tito/model/run.h"
#include "tito/model/verbs.h"

namespace tito::model {

Verb export_verb() {
  return {"model", "export", "All of it but the verdict's files", kRunUsage,
          [](const std::vector<std::string>& arguments) {
            return run_up_to(arguments, tinytorch::pipeline::LastStep::kExport);
          }};
}

}  // namespace tito::model
