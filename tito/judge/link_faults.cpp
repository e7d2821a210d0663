#include "tito/judge/link_faults.h"

#include <fmt/format.h>

#include <vector>

#include "tito/judge/symbols.h"

namespace tito {
namespace {

using Faults = std::map<std::string, std::string>;

// The parts that define a symbol, of `objects`.
std::vector<std::string> definers(const std::map<std::string, ObjectSymbols>& objects,
                                  const std::string& symbol) {
  std::vector<std::string> parts;
  for (const auto& [part, symbols] : objects) {
    if (symbols.defined.count(symbol) > 0) parts.push_back(part);
  }
  return parts;
}

bool is_defined(const LinkSide& side, const std::string& symbol) {
  if (side.given.count(symbol) > 0 || !definers(side.live, symbol).empty()) return true;
  for (const std::string& part : definers(side.stubs, symbol)) {
    if (side.live.count(part) == 0) return true;
  }
  return false;
}

bool is_wanted(const LinkSide& side, const std::string& symbol) {
  if (side.wanted.count(symbol) > 0) return true;
  for (const auto& [part, symbols] : side.live) {
    if (symbols.undefined.count(symbol) > 0) return true;
  }
  return false;
}

// The part whose contract a function is; or nothing.
std::string owner_of(const LinkSide& side, const std::string& symbol) {
  for (const auto& [part, symbols] : side.stubs) {
    if (symbols.strong.count(symbol) > 0) return part;
  }
  return {};
}

// "first.cpp and second.cpp".
std::string sources(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += (i == 0 ? "" : " and ") + parts[i] + ".cpp";
  }
  return text;
}

std::string fault_of(const LinkSide& side, const std::string& part, const ObjectSymbols& symbols) {
  const auto stub = side.stubs.find(part);
  if (stub != side.stubs.end()) {
    for (const std::string& name : stub->second.strong) {
      if (!is_defined(side, name) && is_wanted(side, name)) {
        return fmt::format(
            "{}.cpp does not define {}, which the module asks for: was it renamed, "
            "or its parameters changed?",
            part, readable_symbol(name));
      }
    }
  }
  for (const std::string& name : symbols.strong) {
    const std::string owner = owner_of(side, name);
    if (owner == part) continue;  // whoever else defines it is at fault
    if (!owner.empty()) {
      return fmt::format("{}.cpp defines {}, which is for {}.cpp to define", part,
                         readable_symbol(name), owner);
    }
    std::vector<std::string> both;
    for (const auto& [other, its] : side.live) {
      if (its.strong.count(name) > 0) both.push_back(other);
    }
    if (both.size() > 1) {
      return fmt::format("{} is defined in {}: put helpers into an unnamed namespace",
                         readable_symbol(name), sources(both));
    }
  }
  for (const std::string& name : symbols.undefined) {
    if (is_defined(side, name)) continue;
    const auto fallen = definers(side.fallen, name);
    return fallen.empty()
               ? fmt::format("{}.cpp uses {}, which nothing defines", part, readable_symbol(name))
               : fmt::format("{}.cpp uses {}, whose only definition, in {}, cannot be linked", part,
                             readable_symbol(name), sources(fallen));
  }
  return {};
}

}  // namespace

Faults link_faults(LinkSide side) {
  Faults all;
  // Taking out a part takes out what it defines, and brings in its stub.
  for (bool changed = true; changed;) {
    Faults found;
    for (const auto& [part, symbols] : side.live) {
      const std::string words = fault_of(side, part, symbols);
      if (!words.empty()) found[part] = words;
    }
    for (const auto& [part, words] : found) {
      all[part] = words;
      side.fallen[part] = side.live[part];
      side.live.erase(part);
    }
    changed = !found.empty();
  }
  return all;
}

}  // namespace tito
