// Which tasks of a module are written, for the engine that calls them.

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

#include "tito/base/files.h"
#include "tito/base/process.h"
#include "tito/build/toolchain.h"

namespace tito {

namespace fs = std::filesystem;

namespace {

std::string cmake_list(const std::vector<fs::path>& files) {
  std::string list;
  for (const auto& file : files) list += (list.empty() ? "" : ";") + file.string();
  return list;
}

}  // namespace

fs::path Toolchain::task_table_script() const {
  return course_.root / "cmake" / "task_table.cmake";
}

std::vector<fs::path> Toolchain::task_table(const Module& module,
                                            const std::vector<fs::path>& sources) const {
  const fs::path& source_template = module_build(module).task_table;
  if (source_template.empty()) return {};
  const fs::path folder = build_dir_ / "tito" / "sources";
  fs::create_directories(folder);
  static std::atomic<unsigned> counter{0};
  const fs::path fresh = folder / fmt::format("task_table.{}.{}.cpp", ::getpid(), counter++);
  const auto run = run_process({"cmake", "-D", "SOURCES=" + cmake_list(sources), "-D",
                                "TEMPLATE=" + source_template.string(), "-D",
                                "OUTPUT=" + fresh.string(), "-P", task_table_script().string()});
  if (!run.ok()) throw InternalError("the table of tasks cannot be made:\n" + run.err);
  // By its content: the object is found again while the same tasks are solved.
  const fs::path source = folder / sha256(read_file(fresh)).substr(0, 16) / "task_table.cpp";
  fs::create_directories(source.parent_path());
  fs::rename(fresh, source);
  const CompileResult result = compile(module, module.parts.front(), source);
  if (!result.ok) {
    throw InternalError("the table of tasks does not compile:\n" + result.diagnostics);
  }
  return {result.object};
}

}  // namespace tito
