#pragma once
// What a person sees while a recipe runs: a line for what is done, and on a terminal a line that
// moves and says how long it will take. Everything goes to standard error; standard output holds
// results only.

#include <chrono>
#include <cstdint>
#include <string>

namespace tinytorch::pipeline {

class Progress {
 public:
  // `quiet`: nothing is shown.
  explicit Progress(bool quiet = false);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A line that stays.
  void say(const std::string& line);
  // `done` of `whole` units of `what` since begin(); drawn on a terminal only, ten times a second.
  void begin(const std::string& what, std::int64_t done, std::int64_t whole);
  void advance(std::int64_t done, const std::string& note = "");
  // The same of few units that take long: drawn when unit `done` begins, with the time left once
  // one is done.
  void begin_part(const std::string& what, std::int64_t done, std::int64_t whole,
                  const std::string& note);

 private:
  using Clock = std::chrono::steady_clock;
  void clear();

  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::string what_;
  std::int64_t first_ = 0;
  std::int64_t whole_ = 0;
  Clock::time_point start_{};
  Clock::time_point last_{};
};

// "2:05", "1:02:05"; of what is left: seconds · (whole − done) / (done − first).
std::string clock_text(double seconds);

}  // namespace tinytorch::pipeline
