#pragma once
// What a submission's objects may not define: names that would change anything but themselves.
//
// The verdict is made in another process, yet the checks run in the worker: whoever replaces one of
// their functions, an inline one or an instance of a template among them, changes what is asked.
// The other names break the rest of the worker and make every message wrong.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tito/judge/link_faults.h"

namespace tito {

class SymbolRules {
 public:
  // `given`: archives and objects of ours that stand beside a submission on the link line;
  // `compiler` tells where the C and C++ libraries are. Throws InternalError.
  SymbolRules(const std::vector<std::filesystem::path>& given, const std::string& compiler);

  // Why the object is refused, or nothing. `listing` is what nm printed of it (posix format,
  // symbols that others can see, defined or not).
  std::string refuses(const std::string& listing) const;

  // What everything of ours and the libraries define, and what of it is asked for by ours.
  const std::set<std::string>& defined() const { return defined_; }
  const std::set<std::string>& wanted() const { return wanted_; }

 private:
  std::set<std::string> system_;        // of the C and C++ libraries
  std::set<std::string> given_;         // ours, but for inline functions and templates
  std::set<std::string> given_inline_;  // those
  std::set<std::string> defined_;
  std::set<std::string> wanted_;
};

// The symbols of one object, from the same listing.
ObjectSymbols object_symbols(const std::string& listing);
// The same of an object of our own. Throws InternalError.
ObjectSymbols own_symbols(const std::filesystem::path& object);
// "helper(int)" of "_Z6helperi", one line.
std::string readable_symbol(const std::string& mangled);

}  // namespace tito
