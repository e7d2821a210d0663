#pragma once
// Whether the machine has what grading takes, asked before it is needed.

#include <cstdint>
#include <filesystem>
#include <string>

namespace tito {

// What is missing, in words that name the place, what is there and what to do; or nothing.
std::string lack_of_space(const std::filesystem::path& folder, std::uint64_t bytes);
// Processes and threads, by the limits on this account and on the control groups we are in.
std::string lack_of_processes(int needed);

}  // namespace tito
