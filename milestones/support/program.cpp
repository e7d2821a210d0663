#include "milestones/support/program.h"

namespace tinytorch::milestones {

namespace fs = std::filesystem;

int run_into_folder(int argc, char** argv, const std::string& name,
                    const std::function<bool(const fs::path&)>& milestone) {
  fs::path folder = fs::temp_directory_path() / name;
  if (argc == 3 && std::string(argv[1]) == "--out") {
    folder = argv[2];
  } else if (argc != 1) {
    std::fprintf(stderr, "usage: %s [--out FOLDER]\n", argv[0]);
    return 2;
  }
  return run_program([&] {
    fs::create_directories(folder);
    return milestone(folder);
  });
}

}  // namespace tinytorch::milestones
