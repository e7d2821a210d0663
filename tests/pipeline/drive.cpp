#include "drive.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tinytorch::pipeline {

namespace fs = std::filesystem;

fs::path scratch(const std::string& name) {
  const fs::path folder = fs::path(SCRATCH_DIR) / "runs" / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::string file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Outcome drive(const std::vector<std::string>& words, double kill_after, int signal) {
  static int count = 0;
  const fs::path base = fs::path(SCRATCH_DIR) / "runs";
  fs::create_directories(base);
  const std::string stem =
      (base / ("output" + std::to_string(::getpid()) + "_" + std::to_string(count++))).string();
  std::vector<std::string> all = {MODELS_BINARY, "model"};
  all.insert(all.end(), words.begin(), words.end());
  const std::string data = (fs::path(PROJECT_ROOT) / "data").string();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    ::setenv("TINYTORCH_DATA", data.c_str(), 1);
    const int out = ::open((stem + ".out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = ::open((stem + ".err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    std::vector<char*> argv;
    for (std::string& word : all) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  int status = 0;
  if (kill_after > 0.0) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(kill_after);
    while (std::chrono::steady_clock::now() < end) {
      if (::waitpid(child, &status, WNOHANG) == child) {
        kill_after = -1.0;
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (kill_after > 0.0) ::kill(child, signal);
  }
  if (kill_after >= 0.0) ::waitpid(child, &status, 0);
  Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
                  file_text(stem + ".out"), file_text(stem + ".err")};
  fs::remove(stem + ".out");
  fs::remove(stem + ".err");
  return outcome;
}

}  // namespace tinytorch::pipeline
