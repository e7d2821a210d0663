#include "tito/learner/packages.h"

#include <chrono>
#include <sstream>

#include "tito/base/files.h"
#include "tito/base/parallel.h"
#include "tito/base/process.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// "12.2.0" of "g++ (Debian 12.2.0-14) 12.2.0": the first word that begins with a digit.
std::string version_in(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    const bool starts_word = i == 0 || text[i - 1] == ' ' || text[i - 1] == 'v';
    if (digit && starts_word) return text.substr(i, text.find_first_of(" ,)-\n", i) - i);
  }
  return "";
}

bool is_file(const Package& package) { return package.probe.find('/') != std::string::npos; }

std::string version_of(const Package& package) {
  ProcessOptions options;
  options.timeout = std::chrono::seconds(5);
  if (!is_file(package)) {
    const char* flag = package.probe == "tmux" ? "-V" : "--version";
    const auto result = run_process({package.probe, flag}, options);
    return version_in(first_line(result.out.empty() ? result.err : result.out));
  }
  if (find_program("dpkg-query").empty()) return "";
  const auto result = run_process({"dpkg-query", "-W", "-f", "${Version}", package.name}, options);
  return result.ok() ? first_line(result.out) : "";
}

// name@version is one of npm's, in the very version that the list asks for.
void tell_npm_from_apt(Package& package) {
  const auto at = package.name.find('@');
  if (at == std::string::npos) {
    package.install = "apt-get install " + package.name;
    return;
  }
  package.install = "bin/install-packages " + package.kind;
  package.version = package.name.substr(at + 1);
  package.name.erase(at);
}

}  // namespace

std::vector<Package> look_for_packages(const fs::path& root) {
  std::vector<Package> packages;
  std::istringstream lines(read_file(root / "bin" / "packages.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Package package;
    if (!(words >> package.name >> package.kind >> package.probe) || package.name[0] == '#')
      continue;
    std::getline(words >> std::ws, package.why);
    tell_npm_from_apt(package);
    packages.push_back(std::move(package));
  }
  parallel_for(packages.size(), [&](std::size_t i) {
    Package& package = packages[i];
    package.found =
        is_file(package) ? fs::exists(root / package.probe) : !find_program(package.probe).empty();
    if (package.found && package.version.empty()) package.version = version_of(package);
  });
  return packages;
}

}  // namespace tito
