#pragma once
// Starting other programs: no shell, a deadline, captured output, the whole tree gone at the end.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tito {

struct ProcessOptions {
  std::filesystem::path directory;                               // working directory; empty: ours
  std::vector<std::pair<std::string, std::string>> environment;  // added to ours
  bool clear_environment = false;                                // start from nothing instead
  std::optional<std::chrono::milliseconds> timeout;
  std::size_t output_limit = 4 << 20;  // bytes kept per stream; the rest is read and dropped
  std::uint64_t address_space = 0;     // bytes it may map; 0: no limit
  bool inherit_output = false;         // to our own stdout and stderr, nothing captured
  int pass_fd = -1;                    // handed on as descriptor 3
  std::function<bool()> cancelled;     // polled; true ends the process
  std::vector<std::string> unset;      // names dropped from our environment; "GTEST_*" is a prefix

  // Streams, for a program that reports as it goes. With on_output, stdout and stderr are one
  // stream handed over as it comes, and nothing is kept. With on_message the program's descriptor
  // 3 is a pipe to us (pass_fd is not used); quiet_timeout ends it after so long without a message.
  std::function<void(std::string_view)> on_output;
  std::function<void(std::string_view)> on_message;
  std::optional<std::chrono::milliseconds> quiet_timeout;
};

struct ProcessResult {
  int exit_code = 0;  // meaningful when !signalled && !timed_out
  int signal = 0;
  bool signalled = false;
  bool timed_out = false;
  bool was_cancelled = false;
  bool output_truncated = false;
  std::string out;
  std::string err;
  double seconds = 0.0;
  bool ok() const { return !signalled && !timed_out && !was_cancelled && exit_code == 0; }
};

// Runs in a process group of its own, which is killed at the deadline, on cancellation and at the
// end. Throws InternalError when the program cannot be started, Interrupted after Ctrl-C.
// Its standard input is empty unless inherit_output is set.
ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options = {});

// Where a program stands on the PATH; empty when it is not there. A name with a slash is itself.
std::filesystem::path find_program(const std::string& name);

}  // namespace tito
