#pragma once
// Pieces of the page. Internal to report/.

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::pipeline::html {

// Text for the inside of an element or attribute.
std::string escaped(std::string_view text);

struct Column {
  std::string head;
  bool number = false;  // stands right
};
// Cells are HTML already. Wide tables scroll by themselves, the page does not.
std::string table(const std::string& caption, const std::vector<Column>& columns,
                  const std::vector<std::vector<std::string>>& rows);

// <section> with a heading; nothing when `body` is empty.
std::string section(const std::string& heading, const std::string& body);
std::string paragraph(std::string_view text);
// <ul>; nothing without items, which are text.
std::string list(const std::vector<std::string>& items);
std::string code(std::string_view text);

// A whole page with its style.
std::string page(const std::string& title, const std::string& body);

}  // namespace tinytorch::pipeline::html
