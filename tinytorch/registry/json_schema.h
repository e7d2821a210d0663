#pragma once
// A validator of JSON Schema, draft 2020-12, for the keywords that our schemas use. No library of
// Debian's knows this draft in C++ (valijson stops at draft 7).
//
//   type enum const · properties required additionalProperties · items · minLength maxLength
//   pattern minimum maximum · anyOf allOf if then else · $ref to "#/$defs/…" · true and false as
//   schemas $schema $id $defs title description default, which assert nothing
//
// A schema with another keyword is refused: to ignore it would be to accept what it forbids.

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::registry {

struct Violation {
  std::string place;    // "models[2].quant_mode"; "" for the whole
  std::string message;  // "\"int4\" is none of fp32, dynamic, static, qat"
};

// Everything in `json` that `schema` refuses, in the document's order; empty where it fits. Throws
// Error when either is not JSON, or when the schema holds another keyword, a $ref that leads
// nowhere or in a circle, or a pattern on a text whose maxLength is not given or above 4096
// (std::regex recurses with the text's length).
std::vector<Violation> violations(std::string_view json, std::string_view schema);

// The same of a file called `name`: throws Error naming all violations, the first ten in full.
void require_valid(std::string_view json, const std::string& name, std::string_view schema);

}  // namespace tinytorch::registry
