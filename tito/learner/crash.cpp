#include "tito/learner/crash.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <string_view>

namespace tito {
namespace {

std::string rest_of_line(const std::string& text, std::size_t begin) {
  return text.substr(begin, text.find('\n', begin) - begin);
}

// The line of a sanitizer's stack that stands in a learner's or the course's source.
std::string first_own_frame(const std::string& report) {
  for (const char* room : {"/modules/", "/solutions/", "/tinytorch/"}) {
    const std::size_t found = report.find(room);
    if (found == std::string::npos) continue;
    const std::size_t end = report.find_first_of(" \n)", found);
    return report.substr(found + 1, end - found - 1);
  }
  return "";
}

std::string sanitizer_report(const std::string& output) {
  const std::size_t address = output.find("ERROR: AddressSanitizer: ");
  const std::size_t undefined = output.find(": runtime error: ");
  if (address != std::string::npos) {
    const std::string report = output.substr(address);
    const std::string what = rest_of_line(report, 25);
    const std::string where = first_own_frame(report);
    return fmt::format("AddressSanitizer: {}{}", what.substr(0, what.find(" on ")),
                       where.empty() ? "" : "\nat " + where);
  }
  if (undefined != std::string::npos) {
    const std::size_t begin = output.rfind('\n', undefined) + 1;
    return "undefined behaviour: " + rest_of_line(output, undefined + 17) + "\nat " +
           output.substr(begin, undefined - begin);
  }
  return "";
}

// "modules/01_x/y.cpp:12" of the path with it; empty for what is none of the course's sources.
std::string own_place(std::string_view path) {
  std::size_t begin = path.npos;
  for (const char* room : {"/modules/", "/solutions/", "/tinytorch/", "/tests/"}) {
    const std::size_t found = path.rfind(room);
    if (found != path.npos && (begin == path.npos || found > begin)) begin = found;
  }
  // A place in a program is "(/path/program+0x12)".
  if (begin == path.npos || path.front() == '(') return "";
  return std::string(path.substr(begin + 1));
}

// "total" of "tinytorch::total(std::span<int>)", and of a template "void f<int>(int)" its "f".
std::string short_name(std::string function) {
  constexpr std::string_view kUnnamed = "(anonymous namespace)::";
  for (std::size_t at; (at = function.find(kUnnamed)) != function.npos;)
    function.erase(at, kUnnamed.size());
  std::string name;
  int depth = 0;
  for (const char c : function.substr(0, function.find('('))) {
    if (c == '<') ++depth;
    if (depth == 0) name += c;
    if (c == '>') --depth;
  }
  name.erase(0, name.rfind(' ') + 1);
  return name.starts_with("tinytorch::") ? name.substr(11) : name;
}

// "    #1 0x55 in total(std::span<int>) /course/modules/01_x/y.cpp:12", or nothing for a library's.
std::string short_frame(const std::string& line) {
  const std::size_t function = line.find(" in ");
  const std::size_t path = line.rfind(' ') + 1;
  if (function == line.npos || path <= function + 4) return "";
  const std::string where = own_place(std::string_view(line).substr(path));
  if (where.empty() || where.starts_with("tests/support/")) return "";
  return fmt::format("  {}  {}\n", short_name(line.substr(function + 4, path - function - 5)),
                     where);
}

// A line of a report without addresses and threads; empty when it says nothing else.
std::string short_line(const std::string& line) {
  if (line.starts_with("    #")) return short_frame(line);
  if (line.starts_with("====") || line.empty()) return "";
  // "==17==Hint: address points to the zero page."
  if (line.starts_with("==") && line.find("==", 2) != line.npos &&
      line.find("ERROR: ") == line.npos)
    return line.substr(line.find("==", 2) + 2) + '\n';
  const std::size_t error = line.find("AddressSanitizer: ");
  if (error != line.npos) return line.substr(error, line.find(" on ", error) - error) + '\n';
  const std::size_t located = line.find(" is located ");
  const std::size_t begin = located == line.npos ? 0 : located + 12;
  // "… at 0x60 thread T0", "… 12-byte region [0x60,0x6c)", "allocated by thread T0 here:"
  std::size_t end = line.size();
  for (const char* mark : {" at 0x", " [0x", " by thread", " of thread", " in frame"}) {
    end = std::min(end, line.find(mark, begin));
  }
  return line.substr(begin, end - begin) + (line.back() == ':' ? ":" : "") + '\n';
}

// The C library found its own records of the heap overwritten, some time after it happened: the
// line that says so, or nothing.
std::string broken_heap(const std::string& output) {
  for (const char* word : {"malloc(): ", "free(): ", "realloc(): ", "munmap_chunk(): ",
                           "corrupted size vs.", "corrupted double-linked", "double free"}) {
    const std::size_t found = output.find(word);
    if (found != std::string::npos) return rest_of_line(output, output.rfind('\n', found) + 1);
  }
  return "";
}

// glibc's "program: path/file:line: signature: Assertion `condition' failed." in short.
std::string failed_assertion(const std::string& line) {
  constexpr std::string_view kMark = ": Assertion `";
  const std::size_t begin = line.find(": ") + 2;
  const std::size_t end = line.find(": ", begin);
  const std::size_t mark = line.rfind(kMark);
  const std::size_t quote = line.rfind('\'');
  if (end > mark || quote == line.npos || quote < mark) return "a failed assertion: " + line;
  const std::size_t condition = mark + kMark.size();
  const std::string place = line.substr(begin, end - begin);
  return fmt::format("a failed assertion: {} ({})", line.substr(condition, quote - condition),
                     place.substr(place.rfind('/') + 1));
}

// "terminate called after throwing … what():  text"
std::string uncaught_exception(const std::string& output) {
  const std::size_t what = output.rfind("  what():  ");
  if (what != std::string::npos) {
    return "an exception that nothing caught: " + rest_of_line(output, what + 11);
  }
  const std::size_t assertion = output.rfind(": Assertion `");
  if (assertion != std::string::npos) {
    return failed_assertion(rest_of_line(output, output.rfind('\n', assertion) + 1));
  }
  return "an exception that nothing caught, or a failed assertion";
}

}  // namespace

std::string describe_death(const ProcessResult& result, const std::string& output) {
  if (const auto report = sanitizer_report(output); !report.empty()) return report;
  if (!result.signalled) {
    return fmt::format("the program ended itself in the middle of a test (exit {})",
                       result.exit_code);
  }
  switch (result.signal) {
    case SIGSEGV:
    case SIGBUS:
      return "crashed: it touched memory that is not its own. An index past the end, an empty "
             "span, "
             "or recursion without an end?";
    case SIGFPE:
      return "crashed: a whole number was divided by zero";
    case SIGILL:
      return "crashed: it ran into an invalid instruction. Does a function end without `return`?";
    case SIGABRT:
      if (const auto words = broken_heap(output); !words.empty()) {
        return "crashed: it wrote outside of a span or a vector. An index past the end, or rows "
               "that are not there?\nThe C library: " +
               words;
      }
      return "stopped by " + uncaught_exception(output);
    case SIGKILL:
      return "was killed from outside, most likely because memory ran out";
    default:
      return fmt::format("ended by signal {}", result.signal);
  }
}

std::string shorten_sanitizer_report(const std::string& output) {
  const std::size_t error = output.find("==ERROR: AddressSanitizer: ");
  if (error == output.npos) return output;
  std::string out, heading;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line) && !line.starts_with("SUMMARY: ");) {
    const bool before = static_cast<std::size_t>(lines.tellg()) <= error;
    const std::string shown = before && !line.starts_with("====") ? line + '\n' : short_line(line);
    // "freed:" stands only above frames.
    const bool heads = !before && shown.ends_with(":\n");
    if (shown.starts_with("  ")) out += heading;
    if (!shown.empty()) heading = heads ? shown : "";
    if (!heads) out += shown;
  }
  return out;
}

}  // namespace tito
