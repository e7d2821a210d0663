#pragma once
// How many outputs of ours and of ONNX Runtime were compared, and which was the first to differ.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace tinytorch::parity {

inline constexpr std::int64_t kEnough = 200'000;

class Tally {
 public:
  // Bit for bit. `where` names the case a difference is found in.
  template <typename T>
  void compare(const std::vector<T>& ours, const std::vector<T>& theirs, const std::string& where) {
    ASSERT_EQ(ours.size(), theirs.size()) << where;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (std::memcmp(&ours[i], &theirs[i], sizeof(T)) == 0) continue;
      if (mismatches_++ == 0) {
        std::ostringstream text;
        text << where << ", output " << i << ": ours " << +ours[i] << ", ONNX Runtime's "
             << +theirs[i];
        first_ = text.str();
      }
    }
    compared_ += static_cast<std::int64_t>(ours.size());
  }
  // What lies exactly between two codes, where roundings differ: without it equality says little.
  void count_tie(bool is_tie) { ties_ += is_tie ? 1 : 0; }

  std::int64_t mismatches() const { return mismatches_; }

  // Success when kEnough outputs or more were compared, a hundredth of them ties, and all equal.
  testing::AssertionResult all_equal() const {
    if (const auto result = all_equal_without_ties(); !result) return result;
    testing::Test::RecordProperty("ties", std::to_string(ties_));
    if (ties_ >= kEnough / 100) return testing::AssertionSuccess();
    return testing::AssertionFailure() << ties_ << " ties are too few to trust";
  }
  // The same for what rounds nothing to an integer.
  testing::AssertionResult all_equal_without_ties() const {
    testing::Test::RecordProperty("outputs", std::to_string(compared_));
    if (mismatches_ > 0) {
      return testing::AssertionFailure()
             << mismatches_ << " of " << compared_ << " outputs differ; first: " << first_;
    }
    if (compared_ >= kEnough) return testing::AssertionSuccess();
    return testing::AssertionFailure() << compared_ << " outputs are too few to trust";
  }

 private:
  std::int64_t compared_ = 0;
  std::int64_t mismatches_ = 0;
  std::int64_t ties_ = 0;
  std::string first_;
};

}  // namespace tinytorch::parity
