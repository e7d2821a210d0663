#pragma once
// bin/packages.txt: what this project needs of the machine.

#include <filesystem>
#include <string>
#include <vector>

namespace tito {

struct Package {
  std::string name;
  std::string kind;   // "needed", "wanted", "check", "measure"
  std::string probe;  // a program, or a file: from the root of the project when it is relative
  std::string why;
  std::string install;  // the command that brings it
  bool found = false;
  std::string version;  // as the list, the program or the package manager tells; may be empty
};

// Reads the list and looks for each.
std::vector<Package> look_for_packages(const std::filesystem::path& root);

}  // namespace tito
