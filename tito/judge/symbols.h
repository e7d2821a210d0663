#pragma once
// What a submission's objects may not define: names that would change anything but themselves.
//
// None of these would win a point, since the verdict is made in another process; they are refused
// because they break the rest of the worker and make every message wrong.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace tito {

class SymbolRules {
 public:
  // `given`: archives and objects of ours that stand beside a submission on the link line;
  // `compiler` tells where the C and C++ libraries are. Throws InternalError.
  SymbolRules(const std::vector<std::filesystem::path>& given, const std::string& compiler);

  // Why the object is refused, or nothing. `listing` is what nm printed of it (posix format,
  // symbols that others can see).
  std::string refuses(const std::string& listing) const;

 private:
  std::set<std::string> system_;  // of the C and C++ libraries
  std::set<std::string> given_;
};

}  // namespace tito
