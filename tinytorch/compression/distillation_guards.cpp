// What a teacher and a student must be to be compared.
#include <cmath>

#include "tinytorch/compression/distillation.h"
#include "tinytorch/core/error.h"
#include "tinytorch/core/require.h"

namespace tinytorch::compression {
namespace {

void check_logits(std::string_view operation, std::string_view whose,
                  std::span<const float> logits) {
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::abs(logits[i]) <= kMaxLogit) continue;  // false for NaN
    throw Error(concat(operation, ": the ", whose, "'s logit ", i, " must be finite and at most ",
                       kMaxLogit, ", got ", logits[i], "; look where its training blew up"));
  }
}

}  // namespace

void require_distillation(std::string_view operation, const Tensor& student, const Tensor& teacher,
                          const Distillation& options) {
  if (!(student.shape() == teacher.shape()) || student.ndim() != 2 || student.size(0) < 1) {
    throw Error(concat(operation, ": student and teacher must have the same shape [N, C], got ",
                       to_string(student.shape()), " and ", to_string(teacher.shape())));
  }
  require_within(operation, "temperature", options.temperature, kMinTemperature, kMaxTemperature);
  require_within(operation, "soft", options.soft, 0.0, 1.0);
  check_logits(operation, "student", student.data());
  check_logits(operation, "teacher", teacher.data());
}

}  // namespace tinytorch::compression
