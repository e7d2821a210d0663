#pragma once
// A learner's source looked at before the compiler sees it, and where its tasks stand.

#include <filesystem>
#include <string>
#include <string_view>

#include "tito/course/course.h"

namespace tito {

// Empty when `path` is a text file of at most 1 MB; else one line that says what is wrong.
std::string source_problem(const std::filesystem::path& path);

// The line of a task in a source: its `throw …not_implemented("15.2")`, else a comment
// `TASK 15.2`, else the first line that defines a function called like the task; 0 when none.
int task_line(std::string_view source, const Task& task);

// The comment lines right above `line`, without their slashes: what the stub says to do. Lines that
// were only broken at the sources' last column are joined again, for the terminal has another one.
std::string comment_above(std::string_view source, int line);

}  // namespace tito
