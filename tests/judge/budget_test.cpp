#include "tito/judge/budget.h"

#include <gtest/gtest.h>

namespace tito {
namespace {

using Time = Budget::Time;

TEST(Budget, IsSharedEvenlyAmongThoseWhoWait) {
  const Budget::Clock::time_point begin{};
  const Budget budget(Time(1000), begin);
  EXPECT_EQ(budget.share(1, 4, begin), Time(250));
  EXPECT_EQ(budget.share(3, 4, begin), Time(750));
  // Who was quick leaves more to the others; who took all leaves nothing.
  EXPECT_EQ(budget.share(1, 3, begin + Time(10)), Time(330));
  EXPECT_EQ(budget.share(1, 1, begin + Time(400)), Time(600));
  EXPECT_EQ(budget.share(1, 1, begin + Time(2000)), Time(0));
  EXPECT_EQ(budget.total(), Time(1000));
}

// Ten that take all they get, one after another, never take more than there is, and leave the
// eleventh as much as each of them had.
TEST(Budget, NobodyTakesTheShareOfAnother) {
  Budget::Clock::time_point now{};
  const Budget budget(Time(1100), now);
  for (std::size_t waiting = 11; waiting > 1; --waiting) now += budget.share(1, waiting, now);
  EXPECT_EQ(budget.share(1, 1, now), Time(100));
}

}  // namespace
}  // namespace tito
