#pragma once
// Which parts of a submission keep it from being linked, told from the symbols of its objects.

#include <map>
#include <set>
#include <string>

namespace tito {

// What an object defines for others and asks of others, by mangled names.
struct ObjectSymbols {
  std::set<std::string> strong;     // two definitions of these clash
  std::set<std::string> defined;    // the strong ones, and inline functions and templates
  std::set<std::string> undefined;  // but for weak references, which may stay so
};

struct LinkSide {
  std::map<std::string, ObjectSymbols> live;    // by part: what was handed in and is linked
  std::map<std::string, ObjectSymbols> fallen;  // what was handed in and is not
  std::map<std::string, ObjectSymbols> stubs;   // of every part; they stand in for what is not live
  std::set<std::string> given;                  // what everything else on the line defines
  std::set<std::string> wanted;                 // what everything else asks for
};

// Words for each part at fault: what it does not define and others ask for, what it defines as
// another does, what it asks for and nobody defines. A part that asks for what only such a part
// defines is at fault too, since that one cannot be linked. None of the others is.
std::map<std::string, std::string> link_faults(LinkSide side);

}  // namespace tito
