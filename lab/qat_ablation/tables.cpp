#include "lab/qat_ablation/tables.h"

#include <algorithm>
#include <cmath>

#include "milestones/report/text.h"

namespace tinytorch::lab {
namespace {

using milestones::format;
using milestones::Interval;
using milestones::mean_interval;
using milestones::paired_interval;

constexpr int kWidths[] = {8, 6, 4};

std::string shown(const Interval& interval, const char* mean = "%+.4f", const char* half = "%.4f") {
  if (!std::isfinite(interval.half)) return format(mean, interval.mean);
  return format(mean, interval.mean) + " ± " + format(half, interval.half);
}

double mean_of(const std::vector<double>& values) { return mean_interval(values).mean; }

std::string int_name(int bits) { return "int" + std::to_string(bits); }

std::string run_of(int bits, Start start, bool equal_time) {
  return int_name(bits) + (start == Start::kFirst ? "-first" : "-late") +
         (equal_time ? "-time" : "");
}

Interval difference(const Results& results, const std::string& run, const std::string& storage,
                    const std::string& other_run, const std::string& other_storage,
                    Figure figure = Figure::kAfter) {
  return paired_interval(figures(results, run, storage, figure),
                         figures(results, other_run, other_storage, figure));
}

// What storing costs a run: after the round trip less before it.
Interval gap(const Results& results, const std::string& run, const std::string& storage) {
  return paired_interval(figures(results, run, storage, Figure::kAfter),
                         figures(results, run, storage, Figure::kBefore));
}

std::string ratio_of(const Results& results, const std::string& arm) {
  const StepTime& step = results.timing.find(arm);
  return shown({step.ratio, step.half, 0}, "%.3f", "%.3f");
}

// One figure of the times, over all seeds of the runs that `chosen` picks.
template <typename Value>
std::vector<double> times_of(const Results& results, bool (*chosen)(const RunResult&),
                             Value value) {
  std::vector<double> values;
  for (const RunResult& run : results.runs) {
    if (chosen(run)) values.push_back(value(run));
  }
  return values;
}

bool is_late(const RunResult& run) {
  return run.run.find("-late") != run.run.npos && run.first_quantized_ms > 0.0;
}

Interval switch_cost(const Results& results) {
  return mean_interval(times_of(results, is_late, [](const RunResult& run) {
    return run.first_quantized_ms - run.quantized_ms;
  }));
}

}  // namespace

Interval what_qat_changes(const Results& results, int bits, Start start, bool equal_time,
                          Figure figure) {
  return difference(results, run_of(bits, start, equal_time), int_name(bits), "float",
                    int_name(bits), figure);
}

std::string verdict(const Interval& difference) {
  if (difference.below(0.0)) return "pays";
  return difference.above(0.0) ? "costs" : "open";
}

TextTable factorial_table(const Results& results, bool sliding) {
  const Figure figure = sliding ? Figure::kAfterSliding : Figure::kAfter;
  TextTable table{
      .title = std::string("QAT less float training, stored at the width: bits a byte") +
               (sliding ? ", sliding window" : ""),
      .head = {"weights", "QAT from", "float, stored", "equal steps", "", "equal time", ""},
      .rows = {}};
  for (const int bits : kWidths) {
    for (const Start start : {Start::kFirst, Start::kLate}) {
      const Interval steps = what_qat_changes(results, bits, start, false, figure);
      const Interval time = what_qat_changes(results, bits, start, true, figure);
      const double stored = mean_of(figures(results, "float", int_name(bits), figure));
      table.rows.push_back({int_name(bits), start == Start::kFirst ? "step 0" : "late",
                            format("%.4f", stored), shown(steps), verdict(steps), shown(time),
                            verdict(time)});
    }
  }
  return table;
}

TextTable extras_table(const Results& results) {
  TextTable table{.title = "One thing changed: bits a byte more than without",
                  .head = {"weights", "changed", "float, stored", "QAT, late", "QAT less float"},
                  .rows = {}};
  const auto add = [&](int bits, const std::string& run, const std::string& change) {
    const std::string base = int_name(bits);
    const std::string late = run_of(bits, Start::kLate, false);
    const std::string stored = base + " " + change;
    table.rows.push_back({base, change, shown(difference(results, "float", stored, "float", base)),
                          shown(difference(results, late + run, stored, late, base)),
                          shown(difference(results, late + run, stored, "float", stored))});
  };
  const std::string base = int_name(results.extras_bits);
  const std::string late = run_of(results.extras_bits, Start::kLate, false);
  table.rows.push_back(
      {base, "(nothing)", "", "", shown(difference(results, late, base, "float", base))});
  add(results.extras_bits, "-embedding", "fp16 embedding");
  add(results.extras_bits, "-search", "searched clip");
  add(results.extras_bits, "-max", "maximum");
  for (const int bits : kWidths) add(bits, "-faithful", "faithful floor");
  return table;
}

TextTable warmdown_table(const Results& results) {
  TextTable table{
      .title = "A warm-down over the whole run instead of QAT: bits a byte",
      .head = {"stored as", "its gap", "gap of float", "less float", "late QAT less it"},
      .rows = {}};
  table.rows.push_back(
      {"(fp32)", "", "",
       shown(difference(results, "warmdown", "int8", "float", "int8", Figure::kBefore)), ""});
  for (const int bits : kWidths) {
    const std::string name = int_name(bits);
    table.rows.push_back(
        {name, shown(gap(results, "warmdown", name)), shown(gap(results, "float", name)),
         shown(difference(results, "warmdown", name, "float", name)),
         shown(difference(results, run_of(bits, Start::kLate, false), name, "warmdown", name))});
  }
  return table;
}

TextTable step_table(const Results& results) {
  TextTable table{.title = "A training step, processor time, taking turns",
                  .head = {"step", "ms", "over float", "steps in equal time"},
                  .rows = {}};
  for (const StepTime& arm : results.timing.arms) {
    table.rows.push_back({arm.arm, format("%.2f", arm.ms),
                          shown({arm.ratio, arm.half, 0}, "%.3f", "%.3f"),
                          std::to_string(equal_time_steps(results.steps, 0, arm.ratio))});
  }
  return table;
}

TextTable control_table(const Results& results) {
  const auto late_float =
      times_of(results, is_late, [](const RunResult& run) { return run.float_ms; });
  const auto late_quantized =
      times_of(results, is_late, [](const RunResult& run) { return run.quantized_ms; });
  std::vector<double> plain;
  for (const RunResult* run : runs_named(results, "float")) plain.push_back(run->float_ms);
  std::int64_t least_changed = -1;
  for (const RunResult& run : results.runs) {
    if (run.quantized_ms > 0.0 && (least_changed < 0 || run.changed < least_changed)) {
      least_changed = run.changed;
    }
  }
  return {
      .title = "Controls, measured in the runs themselves",
      .head = {"control", "found"},
      .rows = {{"a float step of the float runs, ms", shown(mean_interval(plain), "%.2f", "%.2f")},
               {"a float step of late runs before their switch, ms",
                shown(mean_interval(late_float), "%.2f", "%.2f")},
               {"a quantized step of late runs after it, ms",
                shown(mean_interval(late_quantized), "%.2f", "%.2f")},
               {"the switch: first quantized step less the later ones, ms",
                shown(switch_cost(results), "%+.2f", "%.2f")},
               {"fewest weights that a quantized run's last forward pass saw changed",
                std::to_string(least_changed)}}};
}

TextTable claims_table(const Results& results) {
  const auto found = [&](int bits, bool time) {
    const Interval first = what_qat_changes(results, bits, Start::kFirst, time);
    const Interval late = what_qat_changes(results, bits, Start::kLate, time);
    return "from step 0 " + shown(first) + " (" + verdict(first) + "), late " + shown(late) + " (" +
           verdict(late) + ")";
  };
  TextTable table{
      .title = "The seed's claims and what was found", .head = {"claim", "found"}, .rows = {}};
  table.rows.push_back({"The exact quantile makes a step 20 % slower.",
                        "An int8 step over a float step: " + ratio_of(results, "int8") +
                            " with the top two, " + ratio_of(results, "int8 nth_element") +
                            " with nth_element, " + ratio_of(results, "int8 sort") +
                            " with a sort."});
  table.rows.push_back(
      {"int8 QAT costs more than it recovers.",
       "int8, equal steps: " + found(8, false) + "; equal time: " + found(8, true) + "."});
  table.rows.push_back(
      {"With a sort for the quantile even more so.",
       "int8 from step 0 in equal time: nth_element " +
           shown(difference(results, "int8-first-time-nth", "int8", "float", "int8")) + ", sort " +
           shown(difference(results, "int8-first-time-sort", "int8", "float", "int8")) + "."});
  table.rows.push_back({"A long warm-down closes the gap as well, for nothing.",
                        "int8: gap " + shown(gap(results, "warmdown", "int8")) + " against " +
                            shown(gap(results, "float", "int8")) +
                            "; the stored model changes by " +
                            shown(difference(results, "warmdown", "int8", "float", "int8")) + "."});
  table.rows.push_back({"int6 QAT pays.",
                        "int6, equal time: " + found(6, true) + "; int4: " + found(4, true) + "."});
  table.rows.push_back(
      {"A graph prepared for both makes the float step slower.",
       "Prepared, with QAT off: " + ratio_of(results, "prepared, off") + " of a float step."});
  return table;
}

TextTable cells_table(const Results& results) {
  TextTable table{.title = "Every cell: means over the seeds",
                  .head = {"run", "stored as", "steps", "before", "after", "before, sliding",
                           "after, sliding", "bytes", "ms a step", "switch, ms"},
                  .rows = {}};
  for (const RunResult& one : results.runs) {
    if (one.seed != 1) continue;
    std::vector<double> ms;
    std::vector<double> first;
    for (const RunResult* run : runs_named(results, one.run)) {
      ms.push_back(run->quantized_ms > 0.0 ? run->quantized_ms : run->float_ms);
      first.push_back(run->first_quantized_ms - run->quantized_ms);
    }
    for (const StoredResult& stored : one.stored) {
      const auto mean = [&](Figure figure, const char* pattern) {
        return format(pattern, mean_of(figures(results, one.run, stored.storage, figure)));
      };
      table.rows.push_back(
          {one.run, stored.storage, std::to_string(one.steps), mean(Figure::kBefore, "%.4f"),
           mean(Figure::kAfter, "%.4f"), mean(Figure::kBeforeSliding, "%.4f"),
           mean(Figure::kAfterSliding, "%.4f"), mean(Figure::kBytes, "%.0f"),
           format("%.2f", mean_of(ms)), is_late(one) ? format("%+.2f", mean_of(first)) : ""});
    }
  }
  return table;
}

std::string for_terminal(const TextTable& table) {
  std::vector<std::vector<std::string>> lines{table.head};
  lines.insert(lines.end(), table.rows.begin(), table.rows.end());
  std::vector<double> widths(table.head.size(), 0.0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], milestones::display_width(line[i]));
    }
  }
  std::string text = "\n  " + table.title + "\n\n";
  for (const auto& line : lines) {
    std::string row = "  ";
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto space = static_cast<std::size_t>(widths[i] - milestones::display_width(line[i]));
      row += line[i] + std::string(space + 2, ' ');
    }
    text += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string as_markdown(const TextTable& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) text += cell.empty() ? " |" : " " + cell + " |";
    return text + "\n";
  };
  std::string text = "**" + table.title + "**\n\n" + line(table.head) + "|";
  for (std::size_t i = 0; i < table.head.size(); ++i) text += "---|";
  text += "\n";
  for (const auto& row : table.rows) text += line(row);
  return text;
}

}  // namespace tinytorch::lab
