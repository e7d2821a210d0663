#include "milestones/report/axis.h"

#include <algorithm>
#include <cmath>

#include "milestones/report/text.h"
#include "tinytorch/core/error.h"

namespace tinytorch::milestones {
namespace {

// 1, 2 or 5 times a power of ten: about a fifth of `span`.
double round_step(double span) {
  const double power = std::pow(10.0, std::floor(std::log10(span / 5.0)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= span / 5.0) return factor * power;
  }
  return 10.0 * power;
}

// Ends that are equal, or nearly, are moved apart.
void open(double& low, double& high) {
  constexpr double kTiny = 1e-280;
  const double magnitude = std::max(std::fabs(low), std::fabs(high));
  if (high - low > std::max(kTiny, 1e-9 * magnitude)) return;
  const double margin = magnitude > kTiny ? 0.1 * magnitude : 1.0;
  low -= margin;
  high += margin;
}

void require_range(const Axis& axis, double low, double high) {
  if (axis.logarithmic && !(low > 0.0)) {
    throw Error(concat("chart: axis ", axis.name, " is logarithmic and must hold ", low,
                       "; every figure on it must be above 0"));
  }
  const bool decades = !axis.logarithmic || (low > 1e-300 && high < 1e300);
  if (!std::isfinite(high - low) || !decades) {
    throw Error(concat("chart: axis ", axis.name, " cannot reach from ", low, " to ", high));
  }
}

}  // namespace

Scale::Scale(const Axis& axis, const std::vector<double>& values, bool from_bars)
    : logarithmic_(axis.logarithmic) {
  if (values.empty()) throw Error(concat("chart: axis ", axis.name, " has no figures"));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  low_ = std::min(*least, axis.low.value_or(*least));
  high_ = std::max(*most, axis.high.value_or(*most));
  if (from_bars && axis.low) low_ = std::min(*axis.low, high_);
  if (from_bars && !axis.low && !logarithmic_) {
    low_ = std::min(low_, 0.0);
    high_ = std::max(high_, 0.0);
  }
  require_range(axis, low_, high_);
  reach_round_numbers(axis, from_bars);
  require_range(axis, low_, high_);
  ticks_ = axis.ticks.empty() ? round_ticks() : axis.ticks;
  std::erase_if(ticks_, [&](const Tick& tick) { return tick.at < low_ || tick.at > high_; });
}

void Scale::reach_round_numbers(const Axis& axis, bool from_bars) {
  if (logarithmic_) {
    // A bar of the smallest figure still has a length.
    const double power = std::log10(low_);
    if (!axis.low) low_ = std::pow(10.0, from_bars ? std::ceil(power) - 1.0 : std::floor(power));
    if (!axis.high) high_ = std::pow(10.0, std::ceil(std::log10(high_)));
    if (!(low_ < high_)) high_ = 10.0 * low_;
    return;
  }
  open(low_, high_);
  const double step = round_step(high_ - low_);
  if (!axis.low) low_ = step * std::floor(low_ / step);
  if (!axis.high) high_ = step * std::ceil(high_ / step);
}

std::vector<Tick> Scale::round_ticks() const {
  std::vector<Tick> found;
  const auto add = [&](double at) {
    // Ends are computed: one in the last place beyond them is on them.
    const double margin = 1e-9 * (logarithmic_ ? at : high_ - low_);
    if (at >= low_ - margin && at <= high_ + margin) {
      found.push_back({std::clamp(at, low_, high_), format("%g", at + 0.0)});  // no "-0"
    }
  };
  if (logarithmic_ && high_ / low_ > 3.0) {
    const double first = std::floor(std::log10(low_));
    const double last = std::ceil(std::log10(high_));
    for (double power = first; power <= last; power += 1.0) {
      add(std::pow(10.0, power));
      if (high_ / low_ > 300.0) continue;
      add(2.0 * std::pow(10.0, power));
      add(5.0 * std::pow(10.0, power));
    }
    return found;
  }
  const double step = round_step(high_ - low_);
  for (double i = std::ceil(low_ / step - 1e-9); i <= high_ / step + 1e-9; i += 1.0) add(i * step);
  return found;
}

double Scale::share(double value) const {
  const double held = std::clamp(value, low_, high_);
  return logarithmic_ ? std::log(held / low_) / std::log(high_ / low_)
                      : (held - low_) / (high_ - low_);
}

}  // namespace tinytorch::milestones
