#pragma once
// From a figure to a place along one side of a picture.

#include <optional>
#include <string>
#include <vector>

namespace tinytorch::milestones {

struct Tick {
  double at = 0.0;
  std::string text{};
};

struct Axis {
  std::string name{};
  bool logarithmic = false;
  std::optional<double> low{};  // the axis reaches from here …
  std::optional<double>
      high{};  // … to here at least; from one round number to another where not given
  std::vector<Tick> ticks{};  // at round numbers where not given
};

// An axis with the range and the ticks that hold its figures.
class Scale {
 public:
  // `values` are what the axis must hold, finite. Throws Error on none, and on one that is not
  // above 0 for a logarithmic axis. `from_bars`: lengths are compared, so that a linear axis begins
  // at 0, a logarithmic one below the smallest, unless `axis.low` says where.
  Scale(const Axis& axis, const std::vector<double>& values, bool from_bars);

  // 0 at the low end, 1 at the high end; what lies beyond is at the end.
  double share(double value) const;
  double low() const { return low_; }
  double high() const { return high_; }
  const std::vector<Tick>& ticks() const { return ticks_; }

 private:
  void reach_round_numbers(const Axis& axis, bool from_bars);
  std::vector<Tick> round_ticks() const;

  bool logarithmic_;
  double low_ = 0.0;
  double high_ = 0.0;
  std::vector<Tick> ticks_;
};

}  // namespace tinytorch::milestones
