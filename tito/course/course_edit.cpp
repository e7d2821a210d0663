#include "tito/course/course_edit.h"

#include <algorithm>

#include "tito/base/error.h"

namespace tito {

std::string insert_module(std::string text, std::string_view name) {
  constexpr std::string_view kItem = "  - ";
  if (!text.empty() && text.back() != '\n') text += '\n';
  std::size_t begin = std::min(text.find("modules:\n"), text.size());
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (line.starts_with(kItem) && line.substr(kItem.size()) > name) break;
    begin = end + 1;
  }
  const std::string item = std::string(kItem) + std::string(name) + '\n';
  return text.insert(std::min(begin, text.size()), item);
}

std::string insert_room(std::string text, std::string_view room) {
  const std::size_t begin = text.starts_with("rooms: [") ? 0 : text.find("\nrooms: [");
  const std::size_t close = begin == text.npos ? text.npos : text.find(']', begin);
  if (close == text.npos) {
    throw UserError("course.yaml has no line `rooms: [...]`; add the room \"" + std::string(room) +
                    "\" to its rooms by hand and try again");
  }
  const bool empty = text[close - 1] == '[';
  return text.insert(close, (empty ? "" : ", ") + std::string(room));
}

}  // namespace tito
