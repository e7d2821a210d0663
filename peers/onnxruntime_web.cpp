#include "peers/onnxruntime_web.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <type_traits>

#include "tinytorch/core/error.h"

namespace peers {

using tinytorch::concat;
using tinytorch::Error;
namespace fs = std::filesystem;

namespace {

// A folder of our own below the system's, gone with the object.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "onnxruntime-web-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw Error(concat("ONNX Runtime (WebAssembly): ", pattern, ": ", std::strerror(errno)));
    }
    folder_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string file(const char* name) const { return (folder_ / name).string(); }

 private:
  fs::path folder_;
};

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_whole(const std::string& path, const void* data, std::size_t bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  if (!file.flush())
    throw Error(concat("ONNX Runtime (WebAssembly): ", path, " cannot be written"));
}

// Runs node with the script and `arguments`; returns what it printed.
std::string node(std::vector<std::string> arguments) {
  if (!fs::exists(fs::path(ONNXRUNTIME_WEB_PACKAGE) / "package.json")) {
    throw Error(
        "ONNX Runtime's WebAssembly build is not installed; type: bin/install-packages check");
  }
  const Scratch scratch;
  arguments.insert(arguments.begin(), {"node", ONNXRUNTIME_WEB_SCRIPT, ONNXRUNTIME_WEB_PACKAGE});
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, scratch.file("out").c_str(), flags,
                                   0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, scratch.file("err").c_str(), flags,
                                   0600);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, "node", &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw Error(concat("ONNX Runtime (WebAssembly): node cannot be started: ",
                       std::strerror(failed), "; it needs Node 20 or newer"));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw Error(concat("ONNX Runtime (WebAssembly): ", read_whole(scratch.file("err"))));
  }
  return read_whole(scratch.file("out"));
}

template <typename T>
const char* type_name() {
  if constexpr (std::is_same_v<T, float>) return "float32";
  if constexpr (std::is_same_v<T, std::uint8_t>) return "uint8";
  if constexpr (std::is_same_v<T, std::int8_t>) return "int8";
  if constexpr (std::is_same_v<T, std::int32_t>) return "int32";
  return "int64";
}

const char* level_name(Optimization level) {
  switch (level) {
    case Optimization::kNone:
      return "disabled";
    case Optimization::kBasic:
      return "basic";
    case Optimization::kExtended:
      return "extended";
    case Optimization::kAll:
      break;
  }
  return "all";
}

std::size_t elements(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return static_cast<std::size_t>(count);
}

std::string sizes(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

}  // namespace

std::string onnxruntime_web_version() { return node({}); }

template <typename In, typename Out>
std::vector<Out> run_in_web(std::string_view model, Optimization level, const std::string& input,
                            std::span<const In> values, const std::vector<std::int64_t>& shape,
                            const std::string& output,
                            const std::vector<std::int64_t>& output_shape) {
  if (elements(shape) != values.size()) {
    throw Error(concat("ONNX Runtime (WebAssembly): ", input, " has ", values.size(),
                       " values, its shape holds ", elements(shape)));
  }
  const Scratch scratch;
  write_whole(scratch.file("model"), model.data(), model.size());
  write_whole(scratch.file("input"), values.data(), values.size_bytes());
  node({scratch.file("model"), level_name(level), "in", input, type_name<In>(), sizes(shape),
        scratch.file("input"), "out", output, type_name<Out>(), sizes(output_shape),
        scratch.file("output")});
  const std::string bytes = read_whole(scratch.file("output"));
  std::vector<Out> results(elements(output_shape));
  if (bytes.size() != results.size() * sizeof(Out)) {
    throw Error(concat("ONNX Runtime (WebAssembly): ", output, " has ", bytes.size(),
                       " bytes, expected ", results.size() * sizeof(Out)));
  }
  std::memcpy(results.data(), bytes.data(), bytes.size());
  return results;
}

#define PEERS_RUN(In, Out)                                                     \
  template std::vector<Out> run_in_web<In, Out>(                               \
      std::string_view, Optimization, const std::string&, std::span<const In>, \
      const std::vector<std::int64_t>&, const std::string&, const std::vector<std::int64_t>&)
PEERS_RUN(float, float);
PEERS_RUN(std::uint8_t, std::uint8_t);
PEERS_RUN(std::int64_t, float);
#undef PEERS_RUN

}  // namespace peers
