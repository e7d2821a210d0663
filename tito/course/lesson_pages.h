#pragma once
// The pages of a lesson: modules/NN_name/README.md is the core, depth/<part>.md a part in depth.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tito/course/course.h"

namespace tito {

struct PageLink {
  std::string target;  // ../../docs/glossary.md, without what follows a '#'
  int line = 0;
};
// Links and pictures of a Markdown text that mean files. Addresses of the web, places on the page
// itself and whatever stands in a fenced block are left out.
std::vector<PageLink> links_of(std::string_view markdown);

// The file that `page` means by `target`, as a name from the root: docs/glossary.md.
std::string linked_file(const Course& course, const std::filesystem::path& page,
                        std::string_view target);

// Every Markdown page of the module, sorted.
std::vector<std::filesystem::path> lesson_pages(const Course& course, const Module& module);

}  // namespace tito
