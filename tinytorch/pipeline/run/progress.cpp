#include "tinytorch/pipeline/run/progress.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>

#include "tinytorch/core/error.h"

namespace tinytorch::pipeline {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};

}  // namespace

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Progress::say(const std::string& line) {
  if (quiet_) return;
  clear();
  std::fprintf(stderr, "%s\n", line.c_str());
  std::fflush(stderr);
}

void Progress::begin(const std::string& what, std::int64_t done, std::int64_t whole) {
  what_ = what;
  first_ = done;
  whole_ = whole;
  start_ = Clock::now();
}

void Progress::advance(std::int64_t done, const std::string& note) {
  const auto now = Clock::now();
  if (quiet_ || !terminal_ || now - last_ < kRedraw || done <= first_) return;
  last_ = now;
  drawn_ = true;
  const double spent = std::chrono::duration<double>(now - start_).count();
  const double left =
      spent * static_cast<double>(whole_ - done) / static_cast<double>(done - first_);
  const double share = 100.0 * static_cast<double>(done) / static_cast<double>(whole_);
  std::fprintf(stderr, "\r%s  %3.0f %%  %s left  %s\033[K", what_.c_str(), share,
               clock_text(left).c_str(), note.c_str());
  std::fflush(stderr);
}

void Progress::begin_part(const std::string& what, std::int64_t done, std::int64_t whole,
                          const std::string& note) {
  if (done == 0) {
    begin(what, 0, whole);
    if (quiet_ || !terminal_) return;
    drawn_ = true;
    std::fprintf(stderr, "\r%s  %s of %lld\033[K", what.c_str(), note.c_str(),
                 static_cast<long long>(whole));
    std::fflush(stderr);
    return;
  }
  last_ = {};
  advance(done, note);
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(std::max(seconds, 0.0)));
  std::array<char, 32> text{};
  if (whole >= 3600) {
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%lld:%02lld", whole / 60, whole % 60);
  }
  return text.data();
}

}  // namespace tinytorch::pipeline
