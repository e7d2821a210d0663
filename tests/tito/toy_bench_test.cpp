// tito bench on the toy course, whose ladder prints counts instead of times.
#include "tests/tito/toy.h"

namespace tito {
namespace {

class Bench : public ToyCourse {};

TEST_F(Bench, AStubIsNotSolvedYet) {
  const auto result = tito({"bench", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_SAYS(result.out, "toy of 512");
  EXPECT_SAYS(result.out, "not solved yet");
  EXPECT_SAYS(result.out, "nobody (libnobody-dev) was not found; it is left out");
  EXPECT_SAYS(result.out, "beside it: somebody");
}

TEST_F(Bench, RungsStandBesideTheReferenceAndTheirFloors) {
  solve("01_counting", "sums");
  const auto result = tito({"bench", "counting", "--size", "64"});
  EXPECT_EQ(result.exit_code, 0) << "a rung below its floor fails nothing\n" << result.out;
  EXPECT_SAYS(result.out, "toy of 64");
  EXPECT_SAYS(result.out, "4.00x the rung before  ✓ floor 3x");
  EXPECT_SAYS(result.out, "0.50x the rung before  below its floor 3x");
  const auto document = tito_json({"bench", "1", "--size", "64"});
  EXPECT_EQ(document["module"], "01_counting");
  const auto& ladder = document["ladders"][0];
  EXPECT_EQ(ladder["ladder"], "toy of 64");
  EXPECT_EQ(ladder["unit"], "sums/s");
  EXPECT_EQ(ladder["missing"][0], "nobody (libnobody-dev)");
  const auto& mine = ladder["rungs"][1];
  EXPECT_EQ(mine["task"], "01.1");
  EXPECT_EQ(mine["status"], "measured");
  EXPECT_EQ(mine["rate"], 8.0);
  EXPECT_EQ(mine["ratio"], 4.0);
  EXPECT_EQ(mine["floor"], 3.0);
  EXPECT_EQ(mine["reference"], 8.0);
  EXPECT_TRUE(ladder["rungs"][0]["ratio"].is_null());
  EXPECT_TRUE(ladder["rungs"][0]["reference"].is_null()) << "a given rung is the same in both";
  EXPECT_EQ(ladder["rungs"][3]["ratio"], 0.75) << "6 over the fastest above, not over the last";
  EXPECT_SAYS(result.out, "0.75x the best before  below its floor 0.9x");
  EXPECT_EQ(ladder["rungs"][4]["peer"], true);
  EXPECT_EQ(ladder["rungs"][4]["rate"], 16.0) << "peers run on one thread, as we do";
}

TEST_F(Bench, NoLineIsWiderThanTheTerminal) {
  solve("01_counting", "sums");
  const auto solved = tito({"bench", "1", "--size", "64"});
  EXPECT_GT(expect_lines_fit(solved.out, 80), 10u);
  EXPECT_SAYS(solved.out, "███") << "there is room for bars";
  EXPECT_SAYS(solved.out, "beside it: somebody else's product, on what");
  edit("modules/01_counting/sums.cpp", "  return sum;",
       "  throw Error(\"the sum of these values is larger than any of the sums that "
       "were seen before\");");
  const auto failed = tito({"bench", "1"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_GT(expect_lines_fit(failed.out, 80), 10u);
  EXPECT_SAYS(failed.out, "throws: the sum of these values");
}

TEST_F(Bench, AWrongRungFailsAndIsNotRated) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "  return sum;", "  return sum + 1;");
  const auto result = tito({"bench", "1"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_SAYS(result.out, "wrong result: tito test 01.1");
  EXPECT_TRUE(tito_json({"bench", "1"})["ladders"][0]["rungs"][1]["rate"].is_null());
}

TEST_F(Bench, RefusesWhatItCannotMeasure) {
  const auto other = tito({"bench", "2"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_SAYS(other.err, "02_sorting has no bench; these have: 01_counting");
  EXPECT_SAYS(tito({"bench", "1.1"}).err, "1.1 is a task");
  EXPECT_EQ(tito({"bench", "9"}).exit_code, 2);
  for (const char* size : {"3", "0", "-5", "4097"}) {
    const auto result = tito({"bench", "1", "--size=" + std::string(size)});
    EXPECT_EQ(result.exit_code, 2) << size;
    EXPECT_SAYS(result.err, "is not from 4 to 4096");
  }
  for (const char* seconds : {"-1", "61", "nan"}) {
    EXPECT_EQ(tito({"bench", "1", "--seconds=" + std::string(seconds)}).exit_code, 2) << seconds;
  }
  EXPECT_EQ(tito({"bench", "1", "--size", "many"}).exit_code, 2);
}

TEST_F(Bench, ACrashIsTheLearnersAndSaysWhereToLook) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "#include \"tinytorch/core/error.h\"",
       "#include <cstdio>\n#include <cstdlib>");
  edit("modules/01_counting/sums.cpp", "  return sum;",
       "  std::fputs(\"munmap_chunk(): invalid pointer\\n\", stderr);\n  std::abort();");
  edit("modules/01_counting/sums.cpp",
       "  if (values.empty()) throw Error(\"mean: no values; give at least one\");\n", "");
  const auto result = tito({"bench", "1"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_SAYS(result.err, "the last rung begun is sum");
  EXPECT_SAYS(result.err, "crashed: it wrote outside of a span or a vector");
  EXPECT_SAYS(result.err, "munmap_chunk(): invalid pointer");
  EXPECT_SAYS(result.err, "Next: tito test 01_counting --asan");
  EXPECT_GT(expect_lines_fit(result.err, 80), 3u);
}

TEST_F(Bench, WhatAKernelPrintsIsNamedAsSuch) {
  solve("01_counting", "sums");
  edit("modules/01_counting/sums.cpp", "#include \"tinytorch/core/error.h\"",
       "#include <cstdio>\n\n#include \"tinytorch/core/error.h\"");
  edit("modules/01_counting/sums.cpp", "  return sum;",
       "  std::puts(\"here I am\");\n  return sum;");
  const auto result = tito({"bench", "1"});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_SAYS(result.err, "your code prints while it is measured: here I am");
}

TEST_F(Bench, SaysWhatWentWrong) {
  EXPECT_SAYS(tito({"bench", "1", "--size", "13"}).err, "the bench failed (status 1)");
  write("modules/01_counting/sums.cpp", "this is no C++\n");
  const auto broken = tito({"bench", "1"});
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_SAYS(broken.err, "01_counting does not build for the bench; `tito test 01_counting`");
}

}  // namespace
}  // namespace tito
