#include "tests/16_compression/checks.h"
#include "tinytorch/compression/distillation.h"

namespace checks16 {
namespace {

using namespace tinytorch::compression;  // NOLINT: checks speak of nothing else

Values draw_logits(Rng& rng) {
  const std::int64_t rows = integer(rng, 1, 6), classes = integer(rng, 2, 8);
  const float size = integer(rng, 0, 3) == 0 ? 300.0f : rng.uniform(0.5f, 5.0f);
  Ids labels(static_cast<std::size_t>(rows));
  for (std::int64_t& label : labels) label = integer(rng, 0, classes - 1);
  return Values()
      .add_int("rows", rows)
      .add_int("classes", classes)
      .add("student", normals(rng, rows * classes, size))
      .add("teacher", normals(rng, rows * classes, size))
      .add("labels", labels)
      .add_float("temperature", rng.uniform(0.5f, 8.0f))
      .add_float("soft", integer(rng, 0, 3) == 0 ? 1.0f : rng.uniform());
}

Tensor logits(const Values& in, const char* name) {
  return Tensor(Shape{in.get_int("rows"), in.get_int("classes")}, in.get<float>(name));
}

Values run_loss(const Values& in) {
  Tensor student = logits(in, "student"), teacher = logits(in, "teacher");
  student.set_requires_grad();
  teacher.set_requires_grad();
  const Tensor loss =
      distillation_loss(student, teacher, in.get<std::int64_t>("labels"),
                        {.temperature = in.get_float("temperature"), .soft = in.get_float("soft")});
  loss.backward();
  return Values()
      .add_float("loss", loss.item())
      .add("gradient", student.grad().defined() ? values_of(student.grad()) : Floats{})
      .add_int("teacher learns", teacher.grad().defined() ? 1 : 0);
}

Values run_wrong_label(const Values& in) {
  Ids wrong = in.get<std::int64_t>("labels");
  std::string said;
  for (const bool exists : {true, false}) {
    if (!exists) wrong.back() = in.get_int("classes");
    said += outcome_of([&] {
      (void)distillation_loss(logits(in, "student"), logits(in, "teacher"), wrong, {.soft = 1.0f});
    });
  }
  return Values().add("said", said);
}

}  // namespace

std::vector<Check> distillation_checks() {
  return {
      {"16.9",
       "loss and gradient",
       "1 to 6 rows of 2 to 8 classes, temperatures 0.5 to 8, logits up to sizes where e^x "
       "overflows",
       {1e-3, 1e-4},
       12,
       draw_logits,
       run_loss},
      {"16.9",
       "labels",
       "a label that does not exist, where it counts and where it weighs nothing",
       {},
       4,
       draw_logits,
       run_wrong_label},
  };
}

}  // namespace checks16
