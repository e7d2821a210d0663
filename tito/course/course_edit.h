#pragma once
// Adding to course.yaml as a person would: in place, with every comment left alone.

#include <string>
#include <string_view>

namespace tito {

// `name` as an item of `modules:`, before the first module with a greater name, else at the end.
std::string insert_module(std::string text, std::string_view name);
// `room` at the end of the one-line list `rooms: [...]`. Throws UserError where that is not found.
std::string insert_room(std::string text, std::string_view room);

}  // namespace tito
