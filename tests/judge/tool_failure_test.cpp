#include "tito/judge/tool_failure.h"

#include <gtest/gtest.h>

namespace tito {
namespace {

// What a tool said when it ended with `exit_status`.
ToolFailure of(const std::string& words, int exit_status = 1) {
  return explain({Box::Event::kEnded, exit_status << 8, "", words});
}

TEST(ToolFailure, ADiagnosisIsTheSources) {
  for (const char* words :
       {"words.cpp:2:1: error: 'x' does not name a type\n",
        "words.cpp:1:10: fatal error: no.h: No such file or directory\n",
        "words.cpp: Assembler messages:\nwords.cpp:12: Error: file not found: /etc/shadow\n",
        "mold: error: undefined symbol: helper()\n>>> referenced by words.cpp\n",
        "/usr/bin/ld: words.o: in function `f': words.cpp:(.text+0x5): undefined reference to "
        "`helper()'\ncollect2: error: ld returned 1 exit status\n",
        // Words that a source can choose.
        "words.cpp:1:2: error: #error No space left on device\n",
        "words.cpp:1:10: fatal error: error writing to /out: No space left on device: No such file "
        "or directory\n",
        "words.cpp:1:15: error: static assertion failed: Resource temporarily unavailable\n",
        "words.cpp:1:2: error: #error Killed out of memory\n",
        "words.cpp:2:2: error: #error x\n    2 | #error bwrap: fork: Resource temporarily "
        "unavailable\n",
        "words.cpp:2:2: error: a\nbwrap: Killed signal\n",
        "mold: error: undefined symbol: bad_alloc(Killed)\n"}) {
    EXPECT_EQ(of(words).fault, Fault::kSource) << words;
  }
  EXPECT_NE(
      of("/usr/bin/ld: a.o: undefined reference to `helper()'\ncollect2: error: ld returned 1 "
         "exit status\n")
          .words.find("helper"),
      std::string::npos);
}

TEST(ToolFailure, ALimitOfTheBoxIsNamedSo) {
  for (const char* words :
       {"c++: fatal error: CPU time limit exceeded signal terminated program cc1plus\n",
        "c++: fatal error: File size limit exceeded signal terminated program as\n",
        "cc1plus: out of memory allocating 65536 bytes after a total of 1 bytes\n",
        "virtual memory exhausted: Cannot allocate memory\n",
        "words.cpp:3:5: internal compiler error: Segmentation fault\n",
        "cc1plus: fatal error: error writing to /tmp/ccX.s: No space left on device\n"}) {
    EXPECT_EQ(of(words).fault, Fault::kLimit) << words;
  }
  EXPECT_EQ(explain({Box::Event::kMemory, 9, "", ""}).fault, Fault::kLimit);
  EXPECT_EQ(explain({Box::Event::kDeadline, 9, "", "words.cpp:1:1: error: x\n"}).fault,
            Fault::kLimit);
  EXPECT_EQ(of("", 128 + 24).fault, Fault::kLimit) << "SIGXCPU";
}

TEST(ToolFailure, WhateverElseFailsIsThisMachines) {
  for (const char* words :
       {"", "collect2: error: ld returned 1 exit status\n",
        "/usr/bin/ld: final link failed: No space left on device\ncollect2: error: ld returned 1 "
        "exit status\n",
        "mold: fatal: cannot write out/worker: Disk quota exceeded\ncollect2: error: ld returned 1 "
        "exit status\n",
        "collect2: fatal error: ld terminated with signal 7 [Bus error], core dumped\n",
        "words.cpp:12:1: fatal error: error writing to out/words.o: No space left on device\n",
        "{standard input}:12: Fatal error: can't write 63 bytes to out/words.o: No space left on "
        "device\n",
        "c++: fatal error: cannot execute 'as': vfork: Resource temporarily unavailable\n",
        "terminate called after throwing an instance of 'std::system_error'\n  what():  Resource "
        "temporarily unavailable\ncollect2: fatal error: ld terminated with signal 6 [Aborted]\n",
        "c++: fatal error: Killed signal terminated program cc1plus\n",
        "bwrap: Creating new namespace failed: Resource temporarily unavailable\n",
        "bwrap: execvp /usr/bin/c++: Text file busy\n"}) {
    EXPECT_EQ(of(words).fault, Fault::kMachine) << words;
  }
}

}  // namespace
}  // namespace tito
