#pragma once
// Starting other programs: no shell, a deadline, captured output, the whole tree gone at the end.

#include <chrono>
#include <functional>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tito {

struct ProcessOptions {
  std::filesystem::path directory;                              // working directory; empty: ours
  std::vector<std::pair<std::string, std::string>> environment; // added to ours
  bool clear_environment = false;                               // start from nothing instead
  std::optional<std::chrono::milliseconds> timeout;
  std::size_t output_limit = 4 << 20;  // bytes kept per stream; the rest is read and dropped
  bool inherit_output = false;         // to our own stdout and stderr, nothing captured
  int pass_fd = -1;                    // handed on as descriptor 3
  std::function<bool()> cancelled;     // polled; true ends the process
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
// end. Throws InternalError when the program cannot be started.
ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options = {});

}  // namespace tito
