#pragma once
// A recorded compiler command as a list of arguments.

#include <string>
#include <string_view>
#include <vector>

namespace tito {

// Undoes the quoting of compile_commands.json: backslashes, single and double quotes.
std::vector<std::string> split_command(std::string_view command);
// The file behind `-o`; empty without one.
std::string output_of(const std::vector<std::string>& arguments);
// Without `-c`, `-o <file>` and `source`: what is left fits any source of the same target.
std::vector<std::string> without_files(const std::vector<std::string>& arguments,
                                       std::string_view source);

}  // namespace tito
