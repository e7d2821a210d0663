#include "tito/commands/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "tito/base/terminal.h"

namespace tito {
namespace {

constexpr int kBar = 24;         // columns, at most
constexpr int kLeastBar = 6;     // a shorter one compares nothing
constexpr int kLeastLabel = 16;  // what names a rung gets no shorter

// The reference's rate for the rung at the same place; 0 where there is none.
double reference_rate(const std::vector<LadderResult>& reference, const LadderResult& ladder,
                      const LadderRow& row) {
  for (const LadderResult& other : reference) {
    if (other.name != ladder.name) continue;
    for (const LadderRow& candidate : other.rows) {
      if (candidate.name == row.name && !row.task.empty()) return candidate.rate;
    }
  }
  return 0.0;
}

std::string number(double value) {
  return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string bar(double share, int columns) {
  const auto eighths = static_cast<int>(std::lround(share * columns * 8));
  static const std::vector<std::string> kParts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string out;
  for (int i = 0; i < eighths / 8; ++i) out += "█";
  return out + kParts[static_cast<std::size_t>(eighths % 8)];
}

std::string judgement(const LadderRow& row, double ratio) {
  if (row.status == "unsolved") return paint(Colour::kGrey, "not solved yet");
  if (row.status == "wrong") {
    return paint(Colour::kRed, fmt::format("wrong result: tito test {}", row.task));
  }
  if (row.status == "failed") return paint(Colour::kRed, "throws: " + row.message);
  if (row.peer || ratio == 0.0) return "";
  std::string text =
      fmt::format("{:.2f}x the {}", ratio, row.over_best ? "best before" : "rung before");
  if (row.floor == 0.0) return text;
  const bool reached = ratio >= row.floor;
  return text + (reached
                     ? paint(Colour::kGreen, fmt::format("  ✓ floor {:g}x", row.floor))
                     : paint(Colour::kYellow, fmt::format("  below its floor {:g}x", row.floor)));
}

std::string without_spaces_behind(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// A row of a ladder, written out.
struct Rung {
  std::string label;  // task and name
  std::string rate;
  std::string known;   // the reference's rate
  double share = 0.0;  // of the fastest
  std::string judgement;
};

std::vector<Rung> written_out(const LadderResult& ladder, std::size_t task_width,
                              const std::vector<LadderResult>& reference) {
  double most = 0.0;
  for (const LadderRow& row : ladder.rows) {
    most = std::max({most, row.rate, reference_rate(reference, ladder, row)});
  }
  std::vector<Rung> rungs;
  for (std::size_t i = 0; i < ladder.rows.size(); ++i) {
    const LadderRow& row = ladder.rows[i];
    const double known = reference_rate(reference, ladder, row);
    rungs.push_back({row.peer ? "beside it: " + row.name
                              : fmt::format("{:<{}}  {}", row.task, task_width, row.name),
                     row.rate > 0.0 ? number(row.rate) : "–", known > 0.0 ? number(known) : "",
                     most > 0.0 ? row.rate / most : 0.0, judgement(row, over_its_rung(ladder, i))});
  }
  return rungs;
}

// How the rungs of a ladder are set.
struct Layout {
  int bar = 0;         // columns
  int label = 0;       // the same, at most
  bool beside = true;  // judgements stand behind the bars, otherwise on lines of their own
};

std::vector<std::string> lines_of(const std::vector<Rung>& rungs, const std::string& unit,
                                  bool has_reference, const Layout& layout) {
  Table table;
  table.header = {"task", unit, has_reference ? "reference" : ""};
  table.right_aligned = {false, true, true, false, false};
  for (const Rung& rung : rungs) {
    table.rows.push_back({shorten(rung.label, static_cast<std::size_t>(layout.label)), rung.rate,
                          rung.known, bar(rung.share, layout.bar)});
    if (layout.beside) table.rows.back().push_back(rung.judgement);
  }
  std::vector<std::string> lines;
  std::istringstream rendered(render(table));
  for (std::string line; std::getline(rendered, line);) lines.push_back(line);
  return lines;
}

int columns_of(const std::string& text) { return static_cast<int>(display_width(text)); }

// Bars shrink first, then judgements go below, then names are cut.
Layout choose_layout(const std::vector<Rung>& rungs, const std::string& unit, bool has_reference) {
  Layout layout;
  for (const Rung& rung : rungs) layout.label = std::max(layout.label, columns_of(rung.label));
  // What the widest line leaves of the terminal; less than 0 when it is too wide.
  const auto room = [&] {
    int widest = 0;
    for (const std::string& line : lines_of(rungs, unit, has_reference, layout)) {
      widest = std::max(widest, columns_of(line));
    }
    return terminal_width() - widest;
  };
  layout.beside = room() >= kLeastBar;
  const int missing = std::max(0, kLeastBar - room());
  layout.label = std::max(std::min(layout.label, kLeastLabel), layout.label - missing);
  layout.bar = std::clamp(room(), kLeastBar, kBar);
  return layout;
}

}  // namespace

void show_ladder(const LadderResult& ladder, const std::vector<LadderResult>& reference) {
  std::size_t task_width = display_width("task");
  for (const LadderRow& row : ladder.rows) {
    task_width = std::max(task_width, display_width(row.task));
  }
  const std::vector<Rung> rungs = written_out(ladder, task_width, reference);
  const bool has_reference = !reference.empty();
  const Layout layout = choose_layout(rungs, ladder.unit, has_reference);
  const auto lines = lines_of(rungs, ladder.unit, has_reference, layout);
  fmt::print("\n  {}\n", paint(Colour::kBold, ladder.name));
  const std::string margin(task_width + 4, ' ');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    fmt::print("{}\n", without_spaces_behind(lines[i]));
    if (layout.beside || i == 0 || rungs[i - 1].judgement.empty()) continue;
    fmt::print("{}\n", fold_lines(margin + rungs[i - 1].judgement, terminal_width()));
  }
  for (const std::string& name : ladder.missing) {
    fmt::print("  {}\n", paint(Colour::kGrey, name + " was not found; it is left out"));
  }
}

Json ladders_document(const Module& module, const std::vector<LadderResult>& ladders,
                      const std::vector<LadderResult>& reference) {
  Json list = Json::array();
  for (const LadderResult& ladder : ladders) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < ladder.rows.size(); ++i) {
      const LadderRow& row = ladder.rows[i];
      Json item;
      item.set("name", row.name).set("task", row.task).set("peer", row.peer);
      item.set("status", row.status);
      if (!row.message.empty()) item.set("message", row.message);
      const double ratio = over_its_rung(ladder, i);
      const double known = reference_rate(reference, ladder, row);
      row.rate > 0.0 ? item.set("rate", row.rate) : item.set_null("rate");
      ratio > 0.0 ? item.set("ratio", ratio) : item.set_null("ratio");
      row.floor > 0.0 ? item.set("floor", row.floor) : item.set_null("floor");
      known > 0.0 ? item.set("reference", known) : item.set_null("reference");
      rows.add(item);
    }
    list.add(Json()
                 .set("ladder", ladder.name)
                 .set("unit", ladder.unit)
                 .set("rungs", rows)
                 .set("missing", ladder.missing));
  }
  return Json().set("module", module.name).set("ladders", list);
}

}  // namespace tito
