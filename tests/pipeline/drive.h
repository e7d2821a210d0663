#pragma once
// The program `models` driven as a user drives it, in folders of their own.

#include <filesystem>
#include <string>
#include <vector>

namespace tinytorch::pipeline {

struct Outcome {
  int status = 0;  // the exit status, or −signal
  std::string out;
  std::string err;
};

// A new, empty folder below the build's scratch folder.
std::filesystem::path scratch(const std::string& name);
std::string file_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

// `models model WORDS…`, with data from the project's data/. Above 0, `kill_after` seconds end it
// with SIGKILL, or with `signal`.
Outcome drive(const std::vector<std::string>& words, double kill_after = 0.0, int signal = 9);

}  // namespace tinytorch::pipeline
