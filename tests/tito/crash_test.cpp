#include "tito/learner/crash.h"

#include <gtest/gtest.h>

namespace tito {
namespace {

TEST(SanitizerReport, KeepsWhatHappenedAndTheCoursesOwnFrames) {
  const std::string report =
      "printed before\n"
      "=================================================================\n"
      "==17==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x55 bp 0x7f\n"
      "==17==Hint: address points to the zero page.\n"
      "READ of size 4 at 0x602 thread T0\n"
      "    #0 0x55 in tinytorch::(anonymous namespace)::pack(int) /c/modules/18_a/x.cpp:15\n"
      "    #1 0x55 in void tinytorch::walk<int>(int) /tests/c/tinytorch/core/y.h:9\n"
      "    #2 0x55 in void testing::Run<A>(A*) (/c/tests/bin/18+0x24c0f6)\n"
      "    #3 0x55 in __libc_start_main ../csu/libc-start.c:381\n"
      "\n"
      "0x602 is located 0 bytes inside of 12-byte region [0x602,0x60e)\n"
      "freed by thread T0 here:\n"
      "    #0 0x7f in operator delete(void*) asan_new_delete.cpp:152\n"
      "\n"
      "SUMMARY: AddressSanitizer: heap-use-after-free\n"
      "Shadow bytes around the buggy address:\n";
  EXPECT_EQ(shorten_sanitizer_report(report),
            "printed before\n"
            "AddressSanitizer: heap-use-after-free\n"
            "Hint: address points to the zero page.\n"
            "READ of size 4\n"
            "  pack  modules/18_a/x.cpp:15\n"
            "  walk  tinytorch/core/y.h:9\n"
            "0 bytes inside of 12-byte region\n");
  EXPECT_EQ(shorten_sanitizer_report("what a program prints\n"), "what a program prints\n");
}

TEST(Death, OfABrokenHeapQuotesTheCLibrary) {
  ProcessResult result;
  result.signalled = true;
  result.signal = 6;
  const std::string said = describe_death(result, "hello\nmunmap_chunk(): invalid pointer\n");
  EXPECT_NE(said.find("wrote outside"), said.npos) << said;
  EXPECT_NE(said.find("\nThe C library: munmap_chunk(): invalid pointer"), said.npos) << said;
}

}  // namespace
}  // namespace tito
