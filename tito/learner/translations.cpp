// What g++ says, and what a learner needs to hear. First fitting rule wins: longer ones first.

#include <array>
#include <string>
#include <vector>

#include "tito/learner/diagnostics.h"

namespace tito {
namespace {

// `*` in `says` takes any text; {0}, {1} in `plain` and `hint` are what the stars took.
struct Rule {
  const char* says;
  const char* plain;
  const char* hint;
};

constexpr std::array kRules = {
    Rule{"expected ';' before *", "A semicolon is missing before {0}.",
         "Look at the end of the line shown: statements end in `;`."},
    Rule{"expected ';' after *", "A semicolon is missing after {0}.", "Statements end in `;`."},
    Rule{"expected ',' or ';' before *", "A semicolon (or a comma) is missing before {0}.",
         "Look at the end of the line shown, or of the one above."},
    Rule{"expected '}' at end of input", "A closing brace `}` is missing.",
         "Count the braces of the function edited last: each `{` needs its `}`."},
    Rule{"expected ')' before *", "A closing parenthesis `)` is missing before {0}.",
         "Count the parentheses of the line shown."},
    Rule{"expected declaration before '}' token", "There is one closing brace `}` too many.",
         "Remove it, or find the `{` above that is missing."},
    Rule{"expected primary-expression before *", "A value is missing before {0}.",
         "Something between two operators, or an argument, was left out or mistyped."},
    Rule{"expected unqualified-id before *", "A name should stand before {0}.",
         "Often a `;` or a `}` too many above this line closed the function early."},
    Rule{"expected initializer before *", "The compiler did not expect {0} here.",
         "Often a `;` is missing at the end of the line above."},
    Rule{"'else' without a previous 'if'", "This `else` belongs to no `if`.",
         "A `;` right after `if (…)`, or a missing `{ }` around two statements, cuts them apart."},
    Rule{"'*' was not declared in this scope; did you mean '*'?",
         "The name `{0}` is not known here.", "Did you mean `{1}`?"},
    Rule{"'*' was not declared in this scope", "The name `{0}` is not known here.",
         "Check its spelling, its namespace, and that it is declared above this line."},
    Rule{"'*' is not a member of '*'; did you mean '*'?", "`{1}` has nothing called `{0}`.",
         "Did you mean `{2}`?"},
    Rule{"'*' is not a member of '*'", "`{1}` has nothing called `{0}`.",
         "Check the spelling, or #include the header that declares it."},
    Rule{"'*' has no member named '*'; did you mean '*'?", "`{0}` has no member `{1}`.",
         "Did you mean `{2}`?"},
    Rule{"'*' has no member named '*'", "`{0}` has no member `{1}`.",
         "The header of this part lists what it has."},
    Rule{"'*' does not name a type; did you mean '*'?", "`{0}` is not a type known here.",
         "Did you mean `{1}`?"},
    Rule{"'*' does not name a type", "`{0}` is not a type known here.",
         "Check the spelling and the #includes at the top of the file."},
    Rule{"request for member '*' in '*', which is of pointer type*",
         "`{1}` is a pointer, so `.{0}` does not reach through it.", "Write `{1}->{0}`."},
    Rule{"request for member '*' in '*', which is of non-class type '*'",
         "`{1}` is a plain `{2}` and has no members.", "Remove `.{0}`, or use another variable."},
    Rule{"*conversion from '*' to '*' may change value*", "A `{1}` does not always fit into `{2}`.",
         "If that is what you want, say so: static_cast<{2}>(…)."},
    Rule{"*conversion from '*' to '*' changes value*", "This `{1}` value does not fit into `{2}`.",
         "Use a wider type, or another value."},
    Rule{"narrowing conversion of '*' from '*' to '*'*",
         "`{0}` is a `{1}` and does not always fit into `{2}`; braces { } do not allow that.",
         "If that is what you want, say so: static_cast<{2}>({0})."},
    Rule{"comparison of integer expressions of different signedness: '*' and '*'*",
         "`{0}` and `{1}` are compared: one can be negative and the other cannot.",
         "Use the same type on both sides: std::size_t for an index, or a static_cast."},
    Rule{"comparing floating-point with '=='*", "Floating-point values are compared with `==`.",
         "Compare with a tolerance, unless exact equality is meant."},
    Rule{"no return statement in function returning non-void*",
         "This function promises a result and never returns one.",
         "Add a `return` at the end of it."},
    Rule{"control reaches end of non-void function*",
         "This function can end without returning a result.",
         "Every path needs a `return`: look at the `if`s without an `else`."},
    Rule{"return-statement with no value, in function returning '*'*",
         "`return;` gives nothing, and this function promises `{0}`.", "Return a value."},
    Rule{"return-statement with a value, in function returning 'void'*",
         "This function returns nothing, so `return` takes no value here.",
         "The result goes into one of its arguments; the header says which."},
    Rule{"could not convert '*' from '*' to '*'", "`{0}` is a `{1}`, and a `{2}` is needed here.",
         "Look at the types in the part's header."},
    Rule{"cannot convert '*' to '*' in *", "A `{0}` stands where a `{1}` is needed.",
         "Look at the types in the part's header."},
    Rule{"cannot convert '*' to '*'", "A `{0}` stands where a `{1}` is needed.",
         "Look at the types in the part's header."},
    Rule{"invalid conversion from '*' to '*'*", "A `{0}` stands where a `{1}` is needed.",
         "Look at the types in the part's header."},
    Rule{"conversion from '*' to non-scalar type '*' requested",
         "A `{0}` stands where a `{1}` is needed.", "Look at the types in the part's header."},
    Rule{
        "no matching function for call to '*'",
        "No function of that name takes these arguments: {0}.",
        "Compare the number and the types of the arguments with the header. std::min, std::max and "
        "std::clamp want all arguments of one type."},
    Rule{"too few arguments to function '*'", "An argument is missing in the call of {0}.",
         "Its declaration in the header names them all."},
    Rule{"too many arguments to function '*'", "The call of {0} has an argument too many.",
         "Its declaration in the header names them all."},
    Rule{"no match for 'operator*' (operand types are '*' and '*')",
         "`{0}` does not work between `{1}` and `{2}`.",
         "A whole container? Use its elements, or the function the header offers."},
    Rule{"invalid operands of types '*' and '*' to binary '*'*",
         "The operator in {2} does not work between `{0}` and `{1}`.",
         "Is a dereference, a call `()` or a cast missing?"},
    Rule{"no declaration matches '*'", "The header declares no `{0}` like this.",
         "Name, arguments, const and the result type must be those of the header, to the letter."},
    Rule{"'*' should have been declared inside '*'", "The header declares no `{0}` like this.",
         "Name, arguments, const and the result type must be those of the header, to the letter."},
    Rule{"ambiguating new declaration of '*'",
         "`{0}` is declared with another result type in the header.", "Make the two the same."},
    Rule{"redefinition of '*'", "`{0}` is defined twice.", "Remove one of the two."},
    Rule{"redeclaration of '*'", "`{0}` is declared twice in the same block.",
         "Remove the type before the second one, or choose another name."},
    Rule{"conflicting declaration '*'", "`{0}` is declared twice, with different types.",
         "Choose another name for one of them."},
    Rule{"declaration of '*' shadows *", "A second `{0}` hides an earlier one.",
         "Choose another name, or drop the type to use the earlier one."},
    Rule{"unused variable '*'*", "The variable `{0}` is set and never used.",
         "Use it or remove it: it is often the sign of a forgotten step."},
    Rule{"variable '*' set but not used*", "The variable `{0}` is set and never used.",
         "Use it or remove it: it is often the sign of a forgotten step."},
    Rule{"'*' defined but not used*", "The function {0} is defined and never called.",
         "Call it or remove it."},
    Rule{"'*' is used uninitialized*", "`{0}` is read before it has a value.",
         "Give it one where it is declared."},
    Rule{"'*' may be used uninitialized*", "`{0}` may be read before it has a value.",
         "Give it one where it is declared."},
    Rule{"suggest parentheses around assignment used as truth value*",
         "`=` assigns; a comparison is `==`.", "Write `==`."},
    Rule{"suggest *parentheses*", "The order of evaluation is easy to misread here.",
         "Add parentheses to say which part comes first."},
    Rule{"division by zero*", "This divides by zero.", "Check the divisor."},
    Rule{"assignment of read-only location '*Tensor::data()*'",
         "A const Tensor gives its values to read only.",
         "Copy the handle, `Tensor copy = …;`: it shares the values, and through it they change."},
    Rule{"assignment of read-only *", "{0} is const and may not be changed.",
         "Write the result somewhere else; the header says what is an output."},
    Rule{"passing '*' as 'this' argument discards qualifiers*",
         "`{0}` is const, and this member function would change it.", "Work on a copy."},
    Rule{"binding reference of type '*' to '*' discards qualifiers*",
         "`{1}` is const and would become changeable through `{0}`.",
         "Take it by const reference."},
    Rule{"lvalue required as left operand of assignment",
         "What stands left of `=` cannot be assigned to.",
         "A comparison is `==`; otherwise a variable must stand on the left."},
    Rule{"stray '*' in program", "There is a character that C++ does not know.",
         "Typographic quotes or dashes come along when text is copied: type the line again."},
    Rule{"extended character * is not valid in an identifier",
         "There is a character that C++ does not know: {0}",
         "Typographic quotes or dashes come along when text is copied: type the line again."},
    Rule{"suggest braces around empty body in an '*' statement",
         "The `;` right after `{0} (…)` ends it before it does anything.", "Remove that `;`."},
    Rule{"missing terminating * character", "A quotation mark is not closed in this line.",
         "Add the closing {0}."},
    Rule{"*: No such file or directory", "There is no file `{0}`.",
         "Check the #include's spelling."},
    Rule{"break statement not within loop or switch", "`break` stands outside of every loop.",
         "A brace `}` above may close the loop too early."},
    Rule{"continue statement not within a loop", "`continue` stands outside of every loop.",
         "A brace `}` above may close the loop too early."},
    Rule{"statement has no effect*", "This line computes something and throws it away.",
         "Did you mean to assign it, or to call a function with `()`?"},
    Rule{"this '*' clause does not guard*", "Only the first line after `{0}` belongs to it.",
         "Put braces { } around all lines that do."},
};

// Matches greedily from the left, each star up to the nearest next literal.
bool matches(std::string_view text, std::string_view pattern, std::vector<std::string>& taken) {
  taken.clear();
  while (!pattern.empty()) {
    if (pattern[0] != '*') {
      const std::size_t literal = std::min(pattern.find('*'), pattern.size());
      if (text.substr(0, literal) != pattern.substr(0, literal)) return false;
      text.remove_prefix(literal);
      pattern.remove_prefix(literal);
      continue;
    }
    pattern.remove_prefix(1);
    const std::string_view next = pattern.substr(0, pattern.find('*'));
    const std::size_t end = next.empty() ? text.size() : text.find(next);
    if (end == std::string_view::npos) return false;
    taken.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return text.empty();
}

// "a `int`" is "an `int`". A single capital stays with "a", however it is read.
void mend_article(std::string& out, std::string_view word) {
  const bool vowel = !word.empty() && std::string_view("aeioAEIO").find(word[0]) != word.npos &&
                     (word.size() > 1 || word[0] >= 'a');
  if ((vowel || word.starts_with("unsigned")) && (out.ends_with(" a `") || out == "A `"))
    out.insert(out.size() - 2, "n");
}

std::string fill_in(std::string_view sentence, const std::vector<std::string>& taken) {
  std::string out;
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    const bool slot = sentence[i] == '{' && i + 2 < sentence.size() && sentence[i + 2] == '}' &&
                      sentence[i + 1] >= '0' && sentence[i + 1] <= '9';
    const auto index = slot ? static_cast<std::size_t>(sentence[i + 1] - '0') : 0;
    if (slot && index < taken.size()) {
      mend_article(out, taken[index]);
      out += taken[index];
      i += 2;
    } else {
      out += sentence[i];
    }
  }
  return out;
}

// " [-Werror=sign-compare]" at the end says how to switch a warning off, not what is wrong.
std::string_view without_option(std::string_view raw) {
  const std::size_t option = raw.rfind(" [-W");
  return option == std::string_view::npos ? raw : raw.substr(0, option);
}

// "'size_type' {aka 'long unsigned int'}" without what stands in braces: no rule knows it.
std::string without_alias(std::string_view said) {
  std::string out(said);
  for (std::size_t at = out.find(" {aka "); at != out.npos; at = out.find(" {aka ", at)) {
    out.erase(at, std::min(out.find('}', at), out.size() - 1) - at + 1);
  }
  return out;
}

}  // namespace

Translation translate(std::string_view raw) {
  const std::string said = without_alias(without_option(raw));
  std::vector<std::string> taken;
  for (const Rule& rule : kRules) {
    if (matches(said, rule.says, taken))
      return {fill_in(rule.plain, taken), fill_in(rule.hint, taken)};
  }
  return {said, ""};
}

}  // namespace tito
