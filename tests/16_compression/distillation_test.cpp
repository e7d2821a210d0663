// Learner tests of part 6: learning from a larger network's opinions.
#include "tinytorch/compression/distillation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/16_compression/support.h"
#include "tinytorch/losses/cross_entropy.h"

namespace tinytorch::compression {
namespace {

using teach::expect_error;
using teach::expect_near;

const Ids kLabels{0, 2};

Tensor teacher() { return Tensor(Shape{2, 3}, {3, 1, -1, 0, 2, 4}); }
Tensor student() { return Tensor(Shape{2, 3}, {1, 1, 0, -1, 2, 1}); }

std::vector<double> softmax(const Tensor& logits, std::int64_t n, double temperature) {
  std::vector<double> p;
  double total = 0.0;
  for (std::int64_t c = 0; c < logits.size(1); ++c) {
    p.push_back(std::exp(static_cast<double>(logits.at({n, c})) / temperature));
    total += p.back();
  }
  for (double& v : p) v /= total;
  return p;
}

// Σ_n Σ_c p · (ln p − ln q), or the other way round, with temperatures of their own.
double divergence(const Tensor& a, const Tensor& b, double t_a, double t_b) {
  double total = 0.0;
  for (std::int64_t n = 0; n < a.size(0); ++n) {
    const auto p = softmax(a, n, t_a), q = softmax(b, n, t_b);
    for (std::size_t c = 0; c < p.size(); ++c) total += p[c] * std::log(p[c] / q[c]);
  }
  return total;
}

Floats one(double value) { return {static_cast<float>(value)}; }

float loss(const Tensor& s, const Tensor& t, const Ids& labels, Distillation options) {
  return distillation_loss(s, t, labels, options).item();
}

// --- 16.9 distillation_loss ---

TEST(Distill, ByHand) {
  const Tensor t = row({std::log(3.0f), 0.0f});
  const Tensor s = row({0.0f, 0.0f});
  expect_near("loss", Floats{loss(s, t, {0}, {.temperature = 1.0f, .soft = 1.0f})}, {0.130812f},
              1e-5f,
              {{{0.143841f},
                "Student and teacher are turned round: the teacher weighs, p · (ln p - "
                "ln q)."},
               {{-0.130812f}, "The sign is turned: ln p - ln q."},
               {{0.693147f},
                "This is ln 2, a cross-entropy: with the teacher's probabilities (the divergence "
                "takes off the teacher's own entropy) or with the true answers (soft is the "
                "teacher's share)."},
               {{0.823959f}, "The true answers count 1 - soft, which is 0 here."},
               {{0.065406f}, "The mean over all elements; it is the mean over rows."},
               {{0.0625f}, "Squared differences of the probabilities; take the divergence."}});
}

TEST(Distill, TheMeanIsOverRows) {
  const double sum = divergence(teacher(), student(), 1, 1);
  expect_near("loss of 2 rows of 3",
              Floats{loss(student(), teacher(), kLabels, {.temperature = 1.0f, .soft = 1.0f})},
              one(sum / 2), 1e-5f,
              {{one(sum), "Summed over rows: divide by N."},
               {one(sum / 6), "Divided by N · C (ops::mean does that): divide by N."},
               {one(sum / 3), "Divided by the number of classes: divide by N."}});
}

TEST(Distill, TemperatureFlattensBothAndIsMadeUpFor) {
  const double at_4 = divergence(teacher(), student(), 4, 4) / 2;
  expect_near("loss at temperature 4",
              Floats{loss(student(), teacher(), kLabels, {.temperature = 4.0f, .soft = 1.0f})},
              one(16 * at_4), 1e-5f,
              {{one(at_4), "The factor T² is missing: without it the soft part fades as T grows."},
               {one(4 * at_4), "T instead of T²."},
               {one(16 * divergence(teacher(), student(), 4, 1) / 2),
                "The student needs its temperature too."},
               {one(16 * divergence(teacher(), student(), 1, 4) / 2),
                "The teacher needs its temperature too."},
               {one(16 * divergence(teacher(), student(), 0.25, 0.25) / 2),
                "Multiplied by the temperature: dividing flattens."},
               {one(divergence(teacher(), student(), 1, 1) / 2), "The temperature was not used."}});
}

TEST(Distill, MixesSoftAndHard) {
  const double soft = 4 * divergence(teacher(), student(), 2, 2) / 2;
  double hard = 0.0, hard_warm = 0.0;
  for (std::size_t n = 0; n < 2; ++n) {
    const auto row_n = static_cast<std::int64_t>(n);
    const auto label = static_cast<std::size_t>(kLabels[n]);
    hard -= std::log(softmax(student(), row_n, 1.0)[label]) / 2;
    hard_warm -= std::log(softmax(student(), row_n, 2.0)[label]) / 2;
  }
  expect_near(
      "loss at soft 0.7",
      Floats{loss(student(), teacher(), kLabels, {.temperature = 2.0f, .soft = 0.7f})},
      one(0.7 * soft + 0.3 * hard), 1e-5f,
      {{one(0.3 * soft + 0.7 * hard), "The shares are turned round: soft is the teacher's."},
       {one(0.7 * soft), "The true answers are missing."},
       {one(soft + hard), "The shares are missing."},
       {one(0.7 * soft + hard), "The true answers count 1 - soft, not 1."},
       {one(0.7 * soft + 0.3 * hard_warm),
        "The true answers are asked at temperature 1, of the logits as they are."},
       {one(0.7 * soft + 0.3 * 4 * hard), "T² belongs to the soft part only."}});
  expect_near("loss at soft 0", Floats{loss(student(), teacher(), kLabels, {.soft = 0.0f})},
              one(hard), 1e-5f);
}

TEST(Distill, IsZeroWhereBothAgree) {
  expect_near("loss of a perfect student",
              Floats{loss(teacher(), teacher(), kLabels, {.temperature = 3.0f, .soft = 1.0f})},
              {0.0f}, 1e-6f);
}

TEST(Distill, GradientIsTimesTheTemperature) {
  Tensor s = student();
  s.set_requires_grad();
  const Tensor t = teacher();
  distillation_loss(s, t, kLabels, {.temperature = 4.0f, .soft = 1.0f}).backward();
  require(s.grad().defined(), "no gradient reached the student: use ops, not plain loops");
  if (!s.grad().defined()) return;
  Floats expected, without;
  for (std::int64_t n = 0; n < 2; ++n) {
    const auto p = softmax(t, n, 4.0), q = softmax(s, n, 4.0);
    for (std::size_t c = 0; c < 3; ++c) {
      expected.push_back(static_cast<float>(4.0 * (q[c] - p[c]) / 2));
      without.push_back(static_cast<float>((q[c] - p[c]) / 4.0 / 2));
    }
  }
  expect_near("gradient of the student's logits, T · (q - p) / N", s.grad().data(), expected, 1e-5f,
              {{without, "The gradient shrank by T²: the factor T² is missing."}});
}

TEST(Distill, TheTeacherDoesNotLearn) {
  Tensor s = student();
  Tensor t = teacher();
  s.set_requires_grad();
  t.set_requires_grad();
  distillation_loss(s, t, kLabels, {}).backward();
  require(!t.grad().defined(),
          "a gradient reached the teacher: it would learn to agree with its pupil. detach() it.");
}

TEST(Distill, SurvivesLargeLogits) {
  const Tensor t(Shape{1, 3}, {1000, 0, -1000});
  const Tensor s(Shape{1, 3}, {-500, 500, 0});
  const float got = loss(s, t, {0}, {.temperature = 1.0f, .soft = 0.5f});
  require(std::isfinite(got), "the loss is " + teach::show(got) +
                                  ": ln of a softmax that underflowed to 0. ops::log_softmax keeps "
                                  "its digits.");
  if (std::isfinite(got)) expect_near("loss", Floats{got}, {1000.0f}, 1e-2f);
}

TEST(Distill, AsksTheLabelsAtEveryShare) {
  expect_error(
      [] {
        (void)distillation_loss(student(), teacher(), Ids{0, 3}, {.soft = 1.0f});
      },
      "3", "A label that does not exist is wrong, also where it weighs nothing.");
}

}  // namespace
}  // namespace tinytorch::compression
