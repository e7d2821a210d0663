#include "tito/build/command_line.h"

#include <algorithm>

namespace tito {

std::vector<std::string> split_command(std::string_view command) {
  std::vector<std::string> arguments;
  std::string current;
  bool started = false;
  char quote = '\0';
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      current += command[++i];
      started = true;
    } else if (quote != '\0' ? c == quote : (c == '"' || c == '\'')) {
      quote = quote != '\0' ? '\0' : c;
      started = true;
    } else if (c == ' ' && quote == '\0') {
      if (started) arguments.push_back(std::move(current));
      current.clear();
      started = false;
    } else {
      current += c;
      started = true;
    }
  }
  if (started) arguments.push_back(std::move(current));
  return arguments;
}

std::string output_of(const std::vector<std::string>& arguments) {
  const auto flag = std::find(arguments.begin(), arguments.end(), "-o");
  return arguments.end() - flag < 2 ? "" : *(flag + 1);
}

std::vector<std::string> without_files(const std::vector<std::string>& arguments,
                                       std::string_view source) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "-o") {
      ++i;
    } else if (arguments[i] != "-c" && arguments[i] != source) {
      kept.push_back(arguments[i]);
    }
  }
  return kept;
}

}  // namespace tito
