#pragma once
// What a milestone is as a program: its exit status and the folder it writes to.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>

namespace tinytorch::milestones {

// The exit status of a milestone: 0 when it reached its goal, 1 when not or on an Error, which is
// printed on one line.
template <typename Milestone>
int run_program(Milestone milestone) {
  try {
    return milestone() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

// run_program() for a milestone that writes into a folder: the one after --out, else `name` among
// the system's temporary files. The folder is made. Other arguments print the usage and give 2.
int run_into_folder(int argc, char** argv, const std::string& name,
                    const std::function<bool(const std::filesystem::path&)>& milestone);

}  // namespace tinytorch::milestones
