#include "tito/learner/part_objects.h"

#include <fmt/format.h>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/parallel.h"
#include "tito/base/terminal.h"
#include "tito/course/stubs.h"
#include "tito/learner/diagnostics.h"
#include "tito/learner/source_check.h"

namespace tito {
namespace {

namespace fs = std::filesystem;

std::string relative_name(const Course& course, const fs::path& path) {
  const auto relative = path.lexically_relative(course.root);
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

void explain(const Course& course, const CompileResult& result, PartObject& part) {
  if (result.timed_out) {
    part.problem = "the compiler did not finish within 60 s: a template without an end?";
    return;
  }
  Diagnostic error = first_error(result.diagnostics, part.source.string());
  std::string frame;
  // Reports set it two columns in.
  if (fs::exists(error.file)) {
    frame = code_frame(read_file(error.file), error.line, error.column, terminal_width() - 2);
  }
  const bool elsewhere = error.file != part.source.string();
  part.line = elsewhere ? 0 : error.line;
  part.problem = error.plain;
  if (elsewhere)
    part.problem += fmt::format(" (in {}:{})", relative_name(course, error.file), error.line);
  if (!error.hint.empty()) part.problem += '\n' + error.hint;
  if (!frame.empty()) part.problem += "\n" + frame;
  if (error.plain != error.raw)
    part.problem += fmt::format("{}(g++: {})", frame.empty() ? "\n" : "", error.raw);
  part.problem = printable(part.problem);
  while (!part.problem.empty() && part.problem.back() == '\n') part.problem.pop_back();
}

void use_stub(const Toolchain& toolchain, const Course& course, const Module& module,
              PartObject& part) {
  const std::string stub = pristine_stub(course, module, *part.part);
  part.linked_source = store_source(toolchain.build_dir(), *part.part, stub);
  const auto result = toolchain.compile(module, *part.part, part.linked_source);
  if (!result.ok) {
    throw InternalError(fmt::format("the stub of {} does not compile:\n{}", part.part->source(),
                                    result.diagnostics));
  }
  part.object = result.object;
  part.substituted = true;
}

// "undefined symbol: tinytorch::quantize(…)" from mold's and ld's words.
std::string linker_sentence(const std::string& words) {
  const auto name_after = [&](std::string_view mark, std::string_view ends) -> std::string {
    const std::size_t found = words.find(mark);
    if (found == std::string::npos) return "";
    const std::size_t begin = found + mark.size();
    return words.substr(begin, words.find_first_of(ends, begin) - begin);
  };
  for (const char* mark : {"undefined symbol: ", "undefined reference to `"}) {
    if (const auto name = name_after(mark, "\n'"); !name.empty()) {
      return fmt::format(
          "`{}` is declared and used, but nowhere defined.\nIts name, namespace and arguments must "
          "be those of the header, to the letter.",
          name);
    }
  }
  for (const char* mark : {"duplicate symbol: ", "multiple definition of `"}) {
    std::string name = name_after(mark, "\n'");
    if (name.empty()) continue;
    if (const auto colon = name.rfind(": "); colon != name.npos) name = name.substr(colon + 2);
    return fmt::format(
        "`{}` is defined a second time.\nPut a helper of your own into an unnamed namespace: "
        "namespace {{ … }}.",
        name);
  }
  return "it compiles but does not link:\n" + words.substr(0, 2000);
}

fs::path link(const Toolchain& toolchain, const Module& module,
              const std::vector<PartObject>& parts, const TestOptions& options) {
  std::vector<fs::path> objects;
  std::vector<fs::path> sources;
  for (const auto& part : parts) {
    objects.push_back(part.object);
    sources.push_back(part.linked_source);
  }
  const auto table = toolchain.task_table(module, sources);
  objects.insert(objects.end(), table.begin(), table.end());
  return toolchain.link_tests(module, objects, options.rest, options.binary);
}

}  // namespace

std::vector<PartObject> compile_parts(const Toolchain& toolchain, const Course& course,
                                      const Module& module, const std::vector<fs::path>& sources) {
  std::vector<PartObject> parts(module.parts.size());
  parallel_for(parts.size(), [&](std::size_t i) {
    PartObject& part = parts[i];
    part.part = &module.parts[i];
    part.source = part.linked_source = sources.at(i);
    part.problem = source_problem(part.source);
    if (part.problem.empty()) {
      const auto result = toolchain.compile(module, *part.part, part.source);
      part.object = result.object;
      if (!result.ok) explain(course, result, part);
    }
    if (!part.problem.empty()) use_stub(toolchain, course, module, part);
  });
  return parts;
}

fs::path link_parts(const Toolchain& toolchain, const Course& course, const Module& module,
                    std::vector<PartObject>& parts, const TestOptions& options) {
  try {
    return link(toolchain, module, parts, options);
  } catch (const LinkError&) {
  }
  // Which one is it? Each alone among stubs tells.
  std::vector<PartObject> stubs = parts;
  for (auto& stub : stubs) use_stub(toolchain, course, module, stub);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::vector<PartObject> alone = stubs;
    alone[i] = parts[i];
    try {
      link(toolchain, module, alone, options);
    } catch (const LinkError& error) {
      parts[i].problem = printable(linker_sentence(error.what()));
      use_stub(toolchain, course, module, parts[i]);
    }
  }
  try {
    return link(toolchain, module, parts, options);
  } catch (const LinkError& error) {
    // Only together do they clash (the same name in two parts): nobody's fault alone.
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i].problem = printable(linker_sentence(error.what()));
      parts[i].object = stubs[i].object;
      parts[i].linked_source = stubs[i].linked_source;
      parts[i].substituted = true;
    }
  }
  return link(toolchain, module, parts, options);
}

}  // namespace tito
