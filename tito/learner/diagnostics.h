#pragma once
// The compiler's first error, in plain words, with the line it is about.

#include <filesystem>
#include <string>
#include <string_view>

namespace tito {

struct Diagnostic {
  std::string file;
  int line = 0;       // 0: unknown
  int column = 0;     // 1-based
  std::string raw;    // the compiler's own sentence
  std::string plain;  // ours; equals raw where no rule fits
  std::string hint;   // what to try; may be empty
};

// The first error of g++'s or clang's output. A mistake that surfaces inside a header is placed in
// `source`, at the line that led there.
Diagnostic first_error(std::string_view compiler_output, const std::string& source);

struct Translation {
  std::string plain;
  std::string hint;
};
// Of one sentence: "'x' was not declared in this scope".
Translation translate(std::string_view raw);

// Lines around `line` of `text`, numbered, with a caret below `column`:
//   30 │   float q = std::nearbint(x);
//      │             ^
// Lines are cut to `width` columns, where the caret is seen.
std::string code_frame(std::string_view text, int line, int column, int width = 80);

}  // namespace tito
