#pragma once
// Which tasks of the acceleration module stand in the engine. Made at build time from the sources
// that are linked, the reference's or a learner's: cmake/task_table.cmake looks for stubs in them
// and fills in written_tasks.cpp.in. Only for the X_student.cpp that put the module under the
// engine.

#include <string_view>

namespace tinytorch::kernels {

// `task` is its id. False while any function of the task is a stub.
bool task_is_written(std::string_view task);

}  // namespace tinytorch::kernels
