#include "tito/course/source_scan.h"

#include <algorithm>

namespace tito {

namespace fs = std::filesystem;

std::vector<Include> includes_of(std::string_view source) {
  std::vector<Include> found;
  int number = 0;
  while (!source.empty()) {
    const std::size_t end = std::min(source.find('\n'), source.size());
    const std::string_view line = source.substr(0, end);
    source.remove_prefix(std::min(end + 1, source.size()));
    ++number;
    const std::size_t hash = line.find_first_not_of(" \t");
    if (hash == line.npos || line[hash] != '#') continue;
    const std::size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == line.npos || line.substr(word, 7) != "include") continue;
    const std::size_t open = line.find_first_of("\"<", word);
    if (open == line.npos) continue;
    const std::size_t close = line.find_first_of("\">", open + 1);
    if (close == line.npos) continue;
    found.push_back({std::string(line.substr(open + 1, close - open - 1)), number});
  }
  return found;
}

std::vector<fs::path> files_below(const fs::path& folder,
                                  const std::vector<std::string>& extensions) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; entry != end;
       entry.increment(error)) {
    const auto extension = entry->path().extension().string();
    const bool wanted =
        std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
    if (wanted && entry->is_regular_file()) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace tito
