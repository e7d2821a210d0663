// Our quantizer against the closed forms of quantization noise.
#include "tinytorch/quantization/arithmetic/sqnr.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tinytorch/core/error.h"
#include "tinytorch/core/rng.h"
#include "tinytorch/quantization/arithmetic/affine.h"

namespace tinytorch::quantization {
namespace {

using Floats = std::vector<float>;

Floats round_trip(const Floats& x, QParams params, QRange range) {
  std::vector<std::int8_t> codes(x.size());
  quantize(x, params, range, codes);
  Floats back(x.size());
  dequantize(codes, params, back);
  return back;
}

// Symmetric codes of `bits` bits, the last of them on `clip`.
Floats round_trip(const Floats& x, float clip, int bits) {
  return round_trip(x, choose_qparams_symmetric(clip, bits), symmetric_range(bits));
}

// SQNR of a unit Gaussian, integrated: 2^17 points over ±8 deviations through the real quantizer,
// each weighted with the density there (sqnr_db has no weights, so both are scaled by its root).
double gaussian_sqnr(float clip, int bits) {
  constexpr int kPoints = 1 << 17;
  Floats x(kPoints);
  for (int i = 0; i < kPoints; ++i) {
    x[static_cast<std::size_t>(i)] = 16.0f * (static_cast<float>(i) + 0.5f) / kPoints - 8.0f;
  }
  Floats back = round_trip(x, clip, bits);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float root = std::exp(-0.25f * x[i] * x[i]);
    x[i] *= root;
    back[i] *= root;
  }
  return sqnr_db(x, back);
}

struct ClosedForm {
  int bits;
  float clip;  // standard deviations
  double db;
};

constexpr ClosedForm kGaussian[] = {{2, 1.22f, 7.21},  {3, 1.96f, 13.29}, {4, 2.48f, 18.90},
                                    {5, 2.90f, 24.33}, {6, 3.26f, 29.71}, {8, 3.92f, 40.55}};

TEST(Sqnr, AUnitGaussianAtTheOptimalClip) {
  for (const ClosedForm& form : kGaussian) {
    EXPECT_NEAR(gaussian_sqnr(form.clip, form.bits), form.db, 0.05) << form.bits << " bits";
  }
}

TEST(Sqnr, NoOtherClipIsBetter) {
  for (const ClosedForm& form : kGaussian) {
    double best = 0.0;
    float best_clip = 0.0f;
    for (float clip = 0.8f * form.clip; clip <= 1.2f * form.clip; clip += 0.01f) {
      const double db = gaussian_sqnr(clip, form.bits);
      if (db > best) best_clip = clip;
      best = std::max(best, db);
    }
    EXPECT_NEAR(best, form.db, 0.05) << form.bits << " bits";
    EXPECT_NEAR(best_clip, form.clip, 0.03f) << form.bits << " bits";
  }
}

TEST(Sqnr, ASampleOfOurOwnGeneratorAgrees) {
  Rng rng(4);
  Floats x(1 << 20);
  for (float& value : x) value = rng.normal();
  EXPECT_NEAR(sqnr_db(x, round_trip(x, 2.48f, 4)), 18.90, 0.05);
}

// With 2^b marks, as in a full range of codes, the figures would be others: it is the convention
// that the table stands on.
TEST(Sqnr, TheFiguresAreThoseOfOneMarkLess) {
  Rng rng(5);
  Floats x(1 << 18);
  for (float& value : x) value = rng.normal();
  double best = 0.0;
  for (float step = 0.5f; step < 1.5f; step += 0.05f) {
    best = std::max(best, sqnr_db(x, round_trip(x, {step, 0}, full_range(2))));
  }
  EXPECT_GT(best, 7.21 + 0.5);
}

// Evenly spread over 2^b - 1 cells, the outermost cells whole.
double uniform_sqnr(int bits) {
  const float marks = static_cast<float>(symmetric_range(bits).qmax);
  const float end = (marks + 0.5f) / marks;  // with the last mark on 1
  constexpr int kPoints = 1 << 18;
  Floats x(kPoints);
  for (int i = 0; i < kPoints; ++i) {
    x[static_cast<std::size_t>(i)] =
        end * (2.0f * (static_cast<float>(i) + 0.5f) / static_cast<float>(kPoints) - 1.0f);
  }
  return sqnr_db(x, round_trip(x, 1.0f, bits));
}

TEST(Sqnr, SixDecibelsABitForUniformData) {
  for (const ClosedForm& form : kGaussian) {
    const double levels = std::exp2(form.bits) - 1.0;
    EXPECT_NEAR(uniform_sqnr(form.bits), 20.0 * std::log10(levels), 0.05) << form.bits << " bits";
  }
  // A further bit doubles the levels and one: 6.02 dB and a little, less the more there are.
  EXPECT_NEAR(uniform_sqnr(8) - uniform_sqnr(7), 6.02, 0.06);
}

TEST(Sqnr, ButNotForAGaussian) {
  for (const ClosedForm& form : kGaussian) {
    const double rule = 20.0 * std::log10(std::exp2(form.bits) - 1.0);
    EXPECT_LT(gaussian_sqnr(form.clip, form.bits), rule - 2.0) << form.bits << " bits";
  }
  const double gained = gaussian_sqnr(3.92f, 8) - gaussian_sqnr(3.26f, 6);
  EXPECT_NEAR(gained / 2.0, 5.42, 0.05);
}

TEST(Sqnr, IsTheRatioInDecibels) {
  EXPECT_NEAR(sqnr_db(Floats{3, 4}, Floats{3, 3.5f}), 20.0, 1e-9);  // 25 / 0.25
  EXPECT_EQ(sqnr_db(Floats{1, 2}, Floats{1, 2}), std::numeric_limits<double>::infinity());
  EXPECT_NEAR(sqnr_db(Floats{1, 2}, Floats{0, 0}), 0.0, 1e-12);
}

TEST(Sqnr, RefusesWhatHasNoRatio) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW((void)sqnr_db(Floats{1, 2}, Floats{1}), Error);
  EXPECT_THROW((void)sqnr_db(Floats{}, Floats{}), Error);
  EXPECT_THROW((void)sqnr_db(Floats{0, 0}, Floats{1, 1}), Error);
  EXPECT_THROW((void)sqnr_db(Floats{1, nan}, Floats{1, 1}), Error);
  EXPECT_THROW((void)sqnr_db(Floats{1, 1}, Floats{1, INFINITY}), Error);
}

}  // namespace
}  // namespace tinytorch::quantization
