#pragma once
// What a ladder program says (bench/ladder/ladder.cpp): one JSON object a line.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tito {

// One row of a ladder: a learner's rung, one that is given, or a peer.
struct LadderRow {
  std::string name;
  std::string task;    // empty: not a learner's
  std::string status;  // "measured", "unsolved", "wrong" or "failed"
  std::string message;
  bool peer = false;
  double rate = 0.0;
  double floor = 0.0;
  bool over_best = false;  // the floor is over the fastest rung above, not over the last
};

struct LadderResult {
  std::string name;
  std::string unit;
  std::vector<LadderRow> rows;
  std::vector<std::string> missing;  // peers that were not found at configure time
};

// Takes a program's output as it comes.
class LadderReader {
 public:
  // `measuring` is told the name of each rung when it begins.
  explicit LadderReader(std::function<void(const std::string&)> measuring)
      : measuring_(std::move(measuring)) {}
  void take(std::string_view chunk);
  const std::vector<LadderResult>& ladders() const { return ladders_; }
  // What is no result: a kernel's own words, or the C library's before a crash. Bounded.
  std::string other_words() const { return other_words_ + pending_; }
  const std::string& last_begun() const { return last_begun_; }  // rung; empty before the first

 private:
  void take_line(const std::string& line);
  LadderResult& ladder(const std::string& name);

  std::function<void(const std::string&)> measuring_;
  std::string pending_;
  std::string other_words_;
  std::string last_begun_;
  std::vector<LadderResult> ladders_;
};

// How many times the rung above row `index` it reaches: the last measured one, or with over_best
// the fastest; 0 when either was not measured, or the row is a peer.
double over_its_rung(const LadderResult& ladder, std::size_t index);

}  // namespace tito
