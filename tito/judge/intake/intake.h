#pragma once
// What is taken from a submission: the module's sources, and nothing else.
//
// A submission is a folder, a zip file, a tar ball or one source. A part's source is looked for in
// modules/NN_name/ first, then in NN_name/, then by its name anywhere, whatever folders are wrapped
// around it and whatever a system or a learning platform made of its name. What could be two
// different files is not guessed. Build files, headers and tests are ignored.

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
  std::vector<std::string> ignored;            // names passed over, one line each, the first few
  std::map<std::string, std::string> nearest;  // by part that is absent: a name that may be meant
  // What else a person should know: under which names sources were found, and, where none was,
  // what was found, what was expected and the nearest names.
  std::vector<std::string> notes;
};

// Throws UserError when there is nothing at `path`: the instructor's mistake. Everything that is
// the stranger's doing is in the result.
Intake take_in(const std::filesystem::path& path, const Module& module,
               const IntakeLimits& limits = {});
// Throws Rejected when the submission cannot be read on.
Intake take_in(SubmissionFiles& files, const Module& module, const IntakeLimits& limits = {});
// The sources of an earlier module, from a folder of its name only.
std::map<std::string, TakenSource> take_earlier(SubmissionFiles& files, const Module& module,
                                                const IntakeLimits& limits = {});

}  // namespace tito
