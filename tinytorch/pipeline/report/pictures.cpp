#include "tinytorch/pipeline/report/pictures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "milestones/report/chart.h"
#include "milestones/report/text.h"
#include "tinytorch/core/error.h"
#include "tinytorch/pipeline/gate/figures.h"

namespace tinytorch::pipeline {
namespace {

using milestones::Canvas;
using milestones::Chart;
using milestones::Drawn;
using milestones::kBlue;
using milestones::kGreen;
using milestones::kOrange;
using milestones::Panel;
using milestones::Series;

constexpr double kWidth = 230.0;  // of a plot: with its names it fits a small screen

std::string framed(const Chart& chart) {
  if (chart.panels.empty()) return {};
  return concat("<div class=\"picture\">", milestones::svg(chart), "</div>\n");
}

// An interval upright at `x`, its estimate a dot.
void add_interval(Panel& panel, Series& dots, double x, const Interval& of) {
  if (!std::isfinite(of.low) || !std::isfinite(of.high) || !std::isfinite(of.estimate)) return;
  panel.series.push_back({"", kBlue, Drawn::kLine, {{x, of.low}, {x, of.high}}});
  dots.marks.push_back({x, of.estimate, figure(of.estimate)});
}

// Names along the bottom, one for each place 0, 1, …
milestones::Axis places(const std::vector<std::string>& names) {
  milestones::Axis axis{.low = -0.6, .high = static_cast<double>(names.size()) - 0.4};
  for (std::size_t i = 0; i < names.size(); ++i) {
    axis.ticks.push_back({static_cast<double>(i), names[i]});
  }
  return axis;
}

struct Bar {
  std::string name;
  double value;
  std::string label;
};

std::string bars(const std::string& title, const std::vector<Bar>& all, const char* colour,
                 milestones::Axis axis = {}) {
  if (all.empty()) return {};
  Chart chart{.title = title, .note = {}};
  Series series{"", colour, Drawn::kBars};
  for (const Bar& bar : all) {
    series.marks.push_back({bar.value, static_cast<double>(chart.rows.size()), bar.label});
    chart.rows.push_back({bar.name});
  }
  chart.panels.push_back({.x = std::move(axis), .series = {series}, .width = kWidth});
  return framed(chart);
}

// The layers that have the figure. An infinite one is drawn as long as the longest.
std::string layer_bars(const ModelResult& result, const std::string& title, const char* colour,
                       const std::function<std::optional<double>(const LayerRecord&)>& value,
                       const std::function<std::string(double)>& text) {
  double longest = 0.0;
  for (const LayerRecord& layer : result.layers) {
    const auto of = value(layer);
    if (of && std::isfinite(*of)) longest = std::max(longest, *of);
  }
  std::vector<Bar> all;
  for (const LayerRecord& layer : result.layers) {
    const auto of = value(layer);
    if (!layer.quantized || !of || std::isnan(*of)) continue;
    all.push_back({layer.path, std::isfinite(*of) ? *of : std::max(longest, 1.0), text(*of)});
  }
  return bars(title, all, colour);
}

std::string decibels(double value) {
  return std::isinf(value) ? "no noise" : milestones::format("%.1f dB", value);
}
std::string percent(double value) { return milestones::format("%.3g %%", 100.0 * value); }

}  // namespace

std::string drop_picture(const ModelResult& result) {
  Panel panel{.y = {.name = "drop"}, .width = kWidth, .height = 220.0};
  Series dots{"estimate and 95 % interval", kBlue};
  std::vector<std::string> names;
  for (const ModeResult& mode : result.modes) {
    const double x = static_cast<double>(names.size());
    names.push_back(mode.mode);
    add_interval(panel, dots, x, mode.verdict.drop);
    panel.references.push_back(
        {{x - 0.35, mode.verdict.budget}, {x + 0.35, mode.verdict.budget}, "", {kOrange, 2.0, ""}});
  }
  if (dots.marks.empty()) return {};
  panel.series.push_back(dots);
  panel.x = places(names);
  return framed({.title = "What int8 costs",
                 .note = "The whole interval must stay below the budget, the orange line.",
                 .panels = {panel}});
}

std::string size_picture(const ModelResult& result) {
  std::vector<Bar> all;
  const auto add = [&](const std::string& name, std::int64_t bytes) {
    if (bytes > 0) all.push_back({name, static_cast<double>(bytes), grouped(bytes)});
  };
  if (!result.modes.empty()) add("fp32", result.modes.front().verdict.float_bytes);
  for (const ModeResult& mode : result.modes) add(mode.mode, mode.verdict.int8_bytes);
  return bars("Bytes of the file", all, kGreen);
}

std::string latency_picture(const ModelResult& result) {
  std::string all;
  for (const auto& [runtime, title] : {std::pair("tinytorch", "Time in our engine"),
                                       std::pair("onnxruntime", "Time in ONNX Runtime")}) {
    Panel panel{
        .y = {.name = "int8 / float", .low = 0.0, .high = 1.1}, .width = kWidth, .height = 220.0};
    Series dots{"", kBlue};
    std::vector<std::string> names;
    for (const ModeResult& mode : result.modes) {
      for (const PairedLatency& of : mode.verdict.latency) {
        if (of.runtime != runtime) continue;
        add_interval(panel, dots, static_cast<double>(names.size()), of.ratio);
        names.push_back(mode.mode);
      }
    }
    if (dots.marks.empty()) continue;
    panel.series.push_back(dots);
    panel.references.push_back(
        {{-0.6, 1.0}, {static_cast<double>(names.size()) - 0.4, 1.0}, "", {kOrange, 2.0, ""}});
    panel.x = places(names);
    all += framed(
        {.title = title, .note = "Below the orange line int8 is faster.", .panels = {panel}});
  }
  return all.empty() ? all : concat("<div class=\"pictures\">\n", all, "</div>\n");
}

std::string layer_pictures(const ModelResult& result) {
  const std::string all =
      layer_bars(
          result, "SQNR of the weights", kBlue,
          [](const LayerRecord& layer) { return layer.weight_sqnr_db; }, decibels) +
      layer_bars(
          result, "SQNR of the outputs", kBlue,
          [](const LayerRecord& layer) { return layer.output_sqnr_db; }, decibels) +
      layer_bars(
          result, "Clipped share of the outputs", kOrange,
          [](const LayerRecord& layer) { return layer.clipped; }, percent) +
      layer_bars(
          result, "Drop with this layer alone in int8", kGreen,
          [](const LayerRecord& layer) {
            return layer.sensitivity ? std::optional(std::max(*layer.sensitivity, 0.0))
                                     : std::nullopt;
          },
          figure);
  return all.empty() ? all : concat("<div class=\"pictures\">\n", all, "</div>\n");
}

std::string histogram(const TensorRecord& tensor) {
  constexpr double kLeft = 12.0;
  constexpr double kPlot = 300.0;
  constexpr double kTop = 44.0;
  constexpr double kHeight = 90.0;
  std::int64_t most = 0;
  for (const std::int64_t count : tensor.counts) most = std::max(most, count);
  const double low = std::min(tensor.low, tensor.range_low);
  const double high = std::max(tensor.high, tensor.range_high);
  if (most == 0 || !std::isfinite(low) || !std::isfinite(high) || !(high > low)) return {};
  const auto place = [&](double value) { return kLeft + kPlot * (value - low) / (high - low); };
  Canvas canvas;
  canvas.set_size(kPlot + 2 * kLeft, kTop + kHeight + 52.0);
  const milestones::TextStyle small{11.0};
  const auto lines = milestones::wrap(tensor.name, kPlot, [](std::string_view text) {
    return milestones::TextStyle{13.0, true}.width(text);
  });
  canvas.text({kLeft, 6.0}, lines.front(), {13.0, true, "#1f2328"});
  canvas.text({kLeft, 24.0},
              concat("scale ", figure(tensor.scale), ", zero-point ", tensor.zero_point,
                     ", clipped ", percent(tensor.clipped)),
              small);
  const double width = (tensor.high - tensor.low) / static_cast<double>(tensor.counts.size());
  for (std::size_t i = 0; i < tensor.counts.size(); ++i) {
    if (tensor.counts[i] == 0) continue;
    const double begin = tensor.low + width * static_cast<double>(i);
    // A root, so that rare values are seen beside the many near zero.
    const double share =
        std::sqrt(static_cast<double>(tensor.counts[i]) / static_cast<double>(most));
    const double left = place(begin);
    canvas.bar({left, kTop + kHeight * (1.0 - share),
                std::max(place(begin + width) - 0.5, left + 1.0), kTop + kHeight},
               kBlue);
  }
  const double floor = kTop + kHeight;
  canvas.line({{kLeft, floor}, {kLeft + kPlot, floor}}, {"#8b949e"});
  for (const double end : {tensor.range_low, tensor.range_high}) {
    canvas.line({{place(end), kTop - 4.0}, {place(end), floor + 4.0}}, {kOrange, 2.0});
  }
  canvas.text({kLeft, floor + 6.0}, figure(low), small);
  canvas.text({kLeft + kPlot, floor + 6.0}, figure(high), small, milestones::Anchor::kEnd);
  canvas.text({kLeft, floor + 24.0},
              concat("codes reach ", figure(tensor.range_low), " to ", figure(tensor.range_high)),
              small);
  return canvas.svg(concat("histogram of ", tensor.name, ", ", figure(tensor.low), " to ",
                           figure(tensor.high), "; codes reach ", figure(tensor.range_low), " to ",
                           figure(tensor.range_high)));
}

}  // namespace tinytorch::pipeline
