#pragma once
// What is taken from a submission: the module's sources, and nothing else.
//
// A submission is a folder or a zip file. Sources are looked for in modules/NN_name/, then at the
// top, then in either place below the one folder that holds everything. Build files, headers,
// tests and sources of other names are ignored.

#include <map>
#include <string>
#include <vector>

#include "tito/course/course.h"
#include "tito/judge/intake/submission_files.h"

namespace tito {

struct TakenSource {
  std::string text;
  std::string rejected;  // why, when this file breaks the rules; its text is then empty
};

struct Intake {
  std::map<std::string, TakenSource> sources;  // by part; a part that was not handed in is absent
  std::string rejected;                        // why, when the whole submission breaks the rules
  std::vector<std::string> ignored;            // names passed over, printable, the first few
};

// Throws UserError when there is nothing at `path`: the instructor's mistake. Everything that is
// the stranger's doing is in the result.
Intake take_in(const std::filesystem::path& path, const Module& module,
               const IntakeLimits& limits = {});
// The sources of an earlier module, from modules/NN_name/ only.
std::map<std::string, TakenSource> take_earlier(const std::filesystem::path& path,
                                                const Module& module,
                                                const IntakeLimits& limits = {});

}  // namespace tito
