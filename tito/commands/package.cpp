// tito package: a student's workspace for one module, without the answers.

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/json.h"
#include "tito/commands/commands.h"
#include "tito/commands/session.h"
#include "tito/commands/targets.h"
#include "tito/package/leaks.h"
#include "tito/package/write.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string module;
  std::string kind = "zip";
  std::string track = "all";
  std::string output;

  void declare(Arguments& arguments) {
    arguments.positional("module", module, "The module, as in 15_quantization", true);
    arguments.option("--for", kind, "zip (the default) or dir");
    arguments.option("--track", track, "Tasks it asks for: core or all (the default)");
    arguments.option("-o", output, "Where to (default: dist/NN_name or dist/NN_name.zip)");
  }
};

// A package that tells the answer is worse than none.
void must_not_leak(const Course& course, const Module& module,
                   const std::vector<PackageFile>& files) {
  const std::vector<Leak> leaks = find_leaks(course, module, files);
  if (leaks.empty()) return;
  std::string text =
      "nothing was written, because these lines of the package are lines of a solution";
  for (std::size_t i = 0; i < std::min<std::size_t>(leaks.size(), 10); ++i) {
    text += fmt::format("\n  {}:{} is {}", leaks[i].file, leaks[i].line, leaks[i].solution);
  }
  throw UserError(text + "\nReword them there, or move them out of the marks.");
}

int run(Session& session, const Options& options) {
  if (options.kind != "zip" && options.kind != "dir") {
    throw UserError("--for " + options.kind + ": expected zip or dir");
  }
  const Course& course = session.course();
  const Module& module = course.find_module(options.module);
  const std::vector<PackageFile> files = package_files(course, module, is_core_only(options.track));
  must_not_leak(course, module, files);
  const bool zip = options.kind == "zip";
  const fs::path output = options.output.empty()
                              ? session.root() / "dist" / (module.name + (zip ? ".zip" : ""))
                              : fs::path(options.output);
  if (zip) {
    if (fs::is_directory(output)) {
      throw UserError(output.string() + " is a folder; name the zip file with -o");
    }
    write_file_atomically(output, zip_of(files, module.name));
  } else {
    write_folder(files, output);
  }
  if (session.json) {
    print_json(Json()
                   .set("module", module.name)
                   .set("for", options.kind)
                   .set("track", options.track)
                   .set("path", session.shown(output))
                   .set("files", files.size()));
    return kSuccess;
  }
  fmt::print("{}: {} files, none with a line of an answer.\n", session.shown(output), files.size());
  fmt::print(
      "Students unpack it and type bin/tito test {0}. Grade what comes back with\n"
      "  bin/tito grade {0}{1} SUBMISSION…\n",
      module.name, options.track == "core" ? " --track core" : "");
  return kSuccess;
}

}  // namespace

Command package_command() {
  return make_command<Options>(
      "package", "Teaching", "A student's workspace for a module, without the answers",
      "Earlier modules come as reference sources, the module itself as stubs with its tests, its "
      "lesson and its hints. Every line is compared with the answers before anything is "
      "written.\n\n"
      "Examples:\n"
      "  tito package 15_quantization                    dist/15_quantization.zip\n"
      "  tito package 15 --track core                    nothing asked beyond the core\n"
      "  tito package 15 --for dir -o /tmp/workspace     an open folder",
      run);
}

}  // namespace tito
