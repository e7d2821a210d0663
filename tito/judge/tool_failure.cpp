#include "tito/judge/tool_failure.h"

#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <cctype>
#include <string_view>

#include "tito/base/terminal.h"

namespace tito {
namespace {

bool holds(std::string_view line, std::string_view words) {
  return line.find(words) != std::string_view::npos;
}

template <std::size_t N>
bool holds_any(std::string_view line, const std::array<const char*, N>& all) {
  for (const char* words : all) {
    if (holds(line, words)) return true;
  }
  return false;
}

// "words.cpp:12:3: …": what follows may be quoted from the source.
bool names_a_place(std::string_view line) {
  for (auto at = line.find(':'); at != line.npos && at + 1 < line.size();
       at = line.find(':', at + 1)) {
    if (std::isdigit(static_cast<unsigned char>(line[at + 1])) != 0) return true;
    if (line[at + 1] == ' ') return false;
  }
  return false;
}

constexpr std::array kOfTheMachine{"No space left on device",
                                   "Disk quota exceeded",
                                   "Disk full",
                                   "Resource temporarily unavailable",
                                   "Input/output error",
                                   "Read-only file system",
                                   "Too many open files",
                                   "Stale file handle",
                                   "Text file busy",
                                   "[Bus error]",
                                   "[Killed]",
                                   "Killed signal"};
constexpr std::array kOfTheBox{"CPU time limit exceeded",
                               "File size limit exceeded",
                               "File too large",
                               "virtual memory exhausted",
                               "out of memory",
                               "memory exhausted",
                               "bad_alloc",
                               "Cannot allocate memory",
                               "internal compiler error",
                               "Segmentation fault",
                               "Aborted"};
constexpr std::array kOfTheLinker{"undefined reference to", "multiple definition of",
                                  "relocation truncated"};

// A compiler that cannot write says so at the line it had come to, in words no source can choose:
// what a source quotes is followed by more.
bool cannot_write(std::string_view line) {
  const bool writing = holds(line, ": fatal error: error writing to ") ||
                       holds(line, ": fatal error: error closing ") ||
                       holds(line, "Fatal error: can't ");
  return writing && line.ends_with("No space left on device");
}

bool is_ice(std::string_view line) { return holds(line, "internal compiler error"); }

// An error at a place of the source. Nothing else counts beside one: the rest may be quoted.
bool is_at_a_place(std::string_view line) {
  return names_a_place(line) && (holds(line, "error:") || holds(line, "Error:")) &&
         !cannot_write(line) && !is_ice(line);
}

bool is_the_linkers(std::string_view line) {
  return holds_any(line, kOfTheLinker) || holds(line, "error: undefined symbol") ||
         holds(line, "error: duplicate symbol");
}

// Filled by the source: /tmp in the box is as large as the box allows.
bool fills_the_box(std::string_view line) {
  return holds(line, "/tmp/cc") && holds(line, "No space left on device");
}

bool is_of_the_machine(std::string_view line) {
  if (fills_the_box(line) || is_the_linkers(line)) return false;
  return cannot_write(line) || line.starts_with("bwrap: ") || holds_any(line, kOfTheMachine);
}

bool is_of_the_box(std::string_view line) {
  return fills_the_box(line) || is_ice(line) ||
         (!is_the_linkers(line) && holds_any(line, kOfTheBox));
}

bool is_diagnosis(std::string_view line) {
  // The driver only tells that another program failed.
  if (line.starts_with("collect2: ") || holds(line, "terminated program")) return false;
  return holds(line, "error:") || holds(line, "Error:") || is_the_linkers(line);
}

bool died_of_a_limit(const BoxResult& result) {
  const int code = WIFEXITED(result.status) ? WEXITSTATUS(result.status) - 128 : 0;
  const int signal = WIFSIGNALED(result.status) ? WTERMSIG(result.status) : code;
  return signal == SIGXCPU || signal == SIGXFSZ || signal == SIGSEGV;
}

}  // namespace

ToolFailure explain(const BoxResult& result) {
  if (result.event != Box::Event::kEnded) return {Fault::kLimit, {}};
  std::string placed, machine, box, diagnosis, first;
  for (const std::string_view line : lines_of(result.err)) {
    if (first.empty()) first = line;
    if (placed.empty() && is_at_a_place(line)) placed = line;
    if (machine.empty() && is_of_the_machine(line)) machine = line;
    if (box.empty() && is_of_the_box(line)) box = line;
    if (diagnosis.empty() && is_diagnosis(line)) diagnosis = line;
  }
  if (!placed.empty()) return {Fault::kSource, placed};
  if (!machine.empty()) return {Fault::kMachine, machine};
  if (!box.empty() || died_of_a_limit(result)) return {Fault::kLimit, box};
  if (!diagnosis.empty()) return {Fault::kSource, diagnosis};
  return {Fault::kMachine, first};
}

}  // namespace tito
