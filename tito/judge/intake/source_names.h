#pragma once
// Which part a file's name means, after what systems and learning platforms make of names.

#include <string>
#include <string_view>

#include "tito/course/course.h"

namespace tito {

// Whether the name ends as that of a C++ source: ".cpp", ".CPP", ".cc", ".cpp.txt", …
bool is_source_name(std::string_view base);
// ".zip", ".tgz", ".tar.gz", …
bool is_archive_name(std::string_view base);
// What systems and editors leave beside files: ".DS_Store", "._x", "Thumbs.db", "x~"; also folders
// ("__MACOSX", ".git"). No source is looked for in them.
bool is_junk(std::string_view base);
// Folders of a workspace in which no source is looked for: junk, and what builds leave.
bool is_passed_by(std::string_view folder);

// Whether the base name of a file means "part.cpp": in another case, with other separators, as a
// copy ("sums (1).cpp", "sums - Copy.cpp"), or renamed by Canvas, Moodle, Blackboard or
// Brightspace.
bool means_part(std::string_view base, const Part& part);
// The name without what a platform or a copy adds, in lower case: "sums" of "Sums (1).cpp".
std::string plain_stem(std::string_view base);

// How likely a folder ("a/b/", "" for the top) holds the module's sources, the less the better.
enum class Place {
  kRoom,       // modules/NN_name/
  kModule,     // NN_name/
  kAnywhere,   // where only the file's name tells
  kLastResort  // tests/, exported/, backups/: copies of something
};
// False where sources are not the module's: another module's folder, or junk.
bool place_of(std::string_view folder, const Module& module, Place& place);

}  // namespace tito
