#include "tito/learner/ladder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tito/base/terminal.h"

namespace tito {
namespace {

constexpr std::size_t kOtherWords = 16 << 10;

}  // namespace

void LadderReader::take(std::string_view chunk) {
  pending_ += chunk;
  for (std::size_t end = pending_.find('\n'); end != pending_.npos; end = pending_.find('\n')) {
    const std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    if (!line.empty()) take_line(line);
  }
}

LadderResult& LadderReader::ladder(const std::string& name) {
  for (LadderResult& known : ladders_) {
    if (known.name == name) return known;
  }
  return ladders_.emplace_back(LadderResult{name, "", {}, {}});
}

void LadderReader::take_line(const std::string& line) {
  try {
    const auto item = nlohmann::json::parse(line);
    if (item.contains("measuring")) {
      last_begun_ = printable(item["measuring"].get<std::string>());
      return measuring_(last_begun_);
    }
    LadderResult& result = ladder(printable(item.at("ladder").get<std::string>()));
    if (item.contains("missing")) {
      result.missing.push_back(printable(item["missing"].get<std::string>()));
      return;
    }
    result.unit = printable(item.at("unit").get<std::string>());
    LadderRow row;
    row.name = printable(item.at("rung").get<std::string>());
    row.task = printable(item.at("task").get<std::string>());
    row.status = item.at("status").get<std::string>();
    row.message = printable(item.value("message", ""));
    row.peer = item.at("peer").get<bool>();
    row.rate = item.value("rate", 0.0);
    row.floor = item.value("floor", 0.0);
    row.over_best = item.value("over_best", false);
    result.rows.push_back(row);
  } catch (const nlohmann::json::exception&) {
    if (other_words_.size() < kOtherWords) other_words_ += line + '\n';
  }
}

double over_its_rung(const LadderResult& ladder, std::size_t index) {
  const LadderRow& row = ladder.rows[index];
  if (row.peer || row.rate <= 0.0) return 0.0;
  double before = 0.0;
  for (std::size_t i = index; i-- > 0 && (before == 0.0 || row.over_best);) {
    const LadderRow& above = ladder.rows[i];
    if (!above.peer) before = std::max(before, above.rate);
  }
  return before > 0.0 ? row.rate / before : 0.0;
}

}  // namespace tito
