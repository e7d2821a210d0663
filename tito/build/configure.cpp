#include "tito/build/configure.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/lock.h"
#include "tito/base/process.h"
#include "tito/base/terminal.h"

namespace tito {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Names of all sources CMake globs, one a line.
std::string source_list(const fs::path& root) {
  std::vector<std::string> names;
  for (const char* room : {"tinytorch", "modules", "solutions", "tests", "milestones", "bench"}) {
    std::error_code error;
    fs::recursive_directory_iterator entry(root / room, error);
    for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const auto& path = entry->path();
      const bool hidden = path.filename().string().starts_with('.');
      if (hidden && entry->is_directory()) entry.disable_recursion_pending();
      const bool source = path.extension() == ".cpp" || path.filename() == "CMakeLists.txt";
      if (source && !hidden) names.push_back(fs::relative(path, root).string());
    }
  }
  std::sort(names.begin(), names.end());
  return fmt::format("{}\n", fmt::join(names, "\n"));
}

// The one bin/tito holds while it builds.
fs::path lock_path(const fs::path& build_dir) { return build_dir / "tito.lock"; }

std::string last_lines(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return text;
  return "…\n" + text.substr(text.find('\n', text.size() - limit) + 1);
}

// Turns ninja's "@3/17@ …" into one line that is rewritten, after two seconds of silence.
class Progress {
 public:
  void take(std::string_view chunk) {
    text_ += chunk;
    if (Clock::now() - begin_ < std::chrono::seconds(2)) return;
    const std::size_t close = text_.rfind('@');
    const std::size_t open =
        close == 0 || close == text_.npos ? text_.npos : text_.rfind('@', close - 1);
    if (open == text_.npos) return;
    show(text_.substr(open + 1, close - open - 1));
  }
  void finish() const {
    if (shown_ && terminal_) fmt::print(stderr, "\r\x1b[K");
  }
  // The compiler's words without the progress counts.
  std::string output() const {
    std::string out;
    std::size_t begin = 0;
    while (begin < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', begin), text_.size());
      if (text_[begin] != '@') out.append(text_, begin, end - begin).append("\n");
      begin = end + 1;
    }
    return out;
  }

 private:
  void show(const std::string& count) {
    if (terminal_) {
      fmt::print(stderr, "\r\x1b[K  building what you do not edit … {}", count);
      std::fflush(stderr);
    } else if (!shown_) {
      fmt::print(stderr, "  building what you do not edit …\n");
    }
    shown_ = true;
  }
  Clock::time_point begin_ = Clock::now();
  std::string text_;
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
};

}  // namespace

void configure_if_needed(const fs::path& root, const fs::path& build_dir, bool force) {
  if (!fs::exists(build_dir / "build.ninja")) {
    throw InternalError(fmt::format(
        "{} is not configured; start tito through bin/tito, or run `cmake --preset {}` in {}",
        build_dir.string(), build_dir.filename().string(), root.string()));
  }
  const FileLock lock(lock_path(build_dir));
  const fs::path stamp = build_dir / "tito" / "sources.txt";
  const std::string now = source_list(root);
  if (!force && fs::exists(stamp) && read_file(stamp) == now) return;
  ProcessOptions options;
  options.directory = root;
  const auto result =
      run_process({"cmake", "-S", root.string(), "-B", build_dir.string()}, options);
  if (!result.ok()) {
    throw InternalError("CMake cannot configure the build:\n" +
                        last_lines(result.err + result.out, 4000));
  }
  write_file_atomically(stamp, now);
}

void run_ninja(const fs::path& build_dir, const std::vector<std::string>& targets) {
  const FileLock lock(lock_path(build_dir));
  Progress progress;
  ProcessOptions options;
  options.environment = {{"NINJA_STATUS", "@%f/%t@ "}, {"LC_ALL", "C"}};
  options.on_output = [&](std::string_view chunk) { progress.take(chunk); };
  std::vector<std::string> argv{"ninja", "-C", build_dir.string()};
  argv.insert(argv.end(), targets.begin(), targets.end());
  const auto result = run_process(argv, options);
  progress.finish();
  if (!result.ok()) {
    throw InternalError("the part of the course that you do not edit does not build:\n" +
                        last_lines(progress.output(), 4000));
  }
}

}  // namespace tito
