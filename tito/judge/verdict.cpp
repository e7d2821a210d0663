#include "tito/judge/verdict.h"

namespace tito {

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kWrongAnswer:
      return "wrong-answer";
    case Verdict::kRuntimeError:
      return "runtime-error";
    case Verdict::kTimeLimit:
      return "time-limit";
    case Verdict::kMemoryLimit:
      return "memory-limit";
    case Verdict::kOutputLimit:
      return "output-limit";
    case Verdict::kDenied:
      return "denied";
    case Verdict::kCompileError:
      return "compile-error";
    case Verdict::kRejected:
      return "rejected";
    case Verdict::kNotImplemented:
      return "not-implemented";
    case Verdict::kSkipped:
      return "skipped";
    case Verdict::kInfrastructureError:
      break;
  }
  return "infrastructure-error";
}

}  // namespace tito
