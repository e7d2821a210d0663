#include "tito/judge/symbols.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string_view>

#include "tito/base/error.h"
#include "tito/base/files.h"
#include "tito/base/process.h"
#include "tito/judge/words.h"

namespace tito {
namespace {

struct Symbol {
  std::string name;
  char type = '?';
};

// Of a symbol that others can see; values are written in lower-case hex, so none looks like these.
bool is_type(char c) {
  return (c >= 'A' && c <= 'Z') || c == 'u' || c == 'i' || c == 'v' || c == 'w';
}

bool is_undefined(char type) { return type == 'U' || type == 'w' || type == 'v'; }

// "name type value size" a line, "name type" of what is not defined, the size often missing;
// archives have headings in between. A name may hold spaces, so a line is read from its end; one
// that cannot be read is all name.
Symbol parse_line(std::string line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  std::size_t end = line.size();
  for (int numbers = 0; numbers < 3; ++numbers) {
    const auto space = line.rfind(' ', end - 1);
    if (end == 0 || space == line.npos) break;
    const std::string piece = line.substr(space + 1, end - space - 1);
    const bool fits = piece.size() == 1 && (numbers > 0 || is_undefined(piece[0]));
    if (fits && is_type(piece[0])) {
      return {line.substr(0, space), piece[0]};
    }
    end = space;
  }
  return {line, '?'};
}

std::vector<Symbol> parse(const std::string& listing) {
  std::vector<Symbol> symbols;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && !line.ends_with(':')) symbols.push_back(parse_line(line));
  }
  return symbols;
}

std::string nm(const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> argv{"nm", "--format=posix", "--extern-only", "--quiet"};
  for (const auto& file : files) argv.push_back(file.string());
  ProcessOptions options;
  options.output_limit = 64u << 20;
  const ProcessResult result = run_process(argv, options);
  if (!result.ok() || result.output_truncated) {
    throw InternalError("nm cannot read our own archives: " + clip(result.err, 500));
  }
  return result.out;
}

// libm.a is a text that names the archives it stands for.
void add_archives(const std::filesystem::path& library, std::vector<std::filesystem::path>& found) {
  const std::string content = read_file(library, 256u << 20);
  if (content.starts_with("!<arch>")) {
    found.push_back(library);
    return;
  }
  std::istringstream words(content);
  for (std::string word; words >> word;) {
    if (word.starts_with('/') && word.ends_with(".a")) found.emplace_back(word);
  }
}

std::vector<std::filesystem::path> system_archives(const std::string& compiler) {
  std::vector<std::filesystem::path> found;
  for (const char* name :
       {"libc.a", "libm.a", "libstdc++.a", "libgcc.a", "libgcc_eh.a", "libz.a"}) {
    const ProcessResult result = run_process({compiler, std::string("-print-file-name=") + name});
    const std::filesystem::path path = result.out.substr(0, result.out.find('\n'));
    if (result.ok() && path.is_absolute()) add_archives(path, found);
  }
  if (found.empty()) throw InternalError("the compiler does not know where its libraries are");
  return found;
}

// Templates and inline functions are weak, and every object has its own copy of those it uses.
bool is_strong(const Symbol& symbol) {
  return std::string("TDBRSGiA").find(symbol.type) != std::string::npos;
}
bool is_mangled(const std::string& name) { return name.starts_with("_Z"); }

// "tito", "testing", and "checks" with or without a module's number.
bool is_ours(std::string_view space) {
  if (space == "tito" || space == "testing") return true;
  if (!space.starts_with("checks")) return false;
  return space.find_first_not_of("0123456789", 6) == space.npos;
}

// The first of our namespaces that a mangled name holds, anywhere: as the place of what is defined,
// of a class whose member it is, or of a type among the arguments of a function or a template. A
// nested name is 'N', qualifiers, and then each piece behind its length.
std::string our_namespace_in(const std::string& mangled) {
  for (auto at = mangled.find('N'); at != mangled.npos; at = mangled.find('N', at + 1)) {
    std::size_t begin = mangled.find_first_not_of("rVKRO", at + 1);
    std::size_t length = 0;
    while (begin < mangled.size() &&
           std::isdigit(static_cast<unsigned char>(mangled[begin])) != 0 &&
           length < mangled.size()) {
      length = length * 10 + static_cast<std::size_t>(mangled[begin++] - '0');
    }
    if (begin >= mangled.size() || length > mangled.size() - begin) continue;
    const std::string piece = mangled.substr(begin, length);
    if (is_ours(piece)) return piece;
  }
  return {};
}

bool is_in_std(const std::string& mangled) {
  return mangled.starts_with("_ZSt") || mangled.starts_with("_ZNSt") ||
         mangled.starts_with("_ZNKSt");
}

// Placement new is an inline function of <new>: every object that builds a value in place has one.
bool is_allocation(const std::string& name) {
  for (const char* placement : {"_ZnwmPv", "_ZnamPv", "_ZdlPvS_", "_ZdaPvS_"}) {
    if (name == placement) return false;
  }
  for (const char* lead : {"_Znw", "_Zna", "_Zdl", "_Zda"}) {
    if (name.starts_with(lead)) return true;
  }
  return false;
}

// Names the standard reserves; what the compiler itself makes begins otherwise.
bool is_reserved(const std::string& name) {
  return !is_mangled(name) && name.size() > 1 && name[0] == '_' &&
         (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z') || name == "_start" ||
          name == "_init" || name == "_fini");
}

bool is_ordinary(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '$';
  });
}

std::string readable(const std::string& name) { return readable_symbol(name); }

}  // namespace

SymbolRules::SymbolRules(const std::vector<std::filesystem::path>& given,
                         const std::string& compiler) {
  for (const Symbol& symbol : parse(nm(system_archives(compiler)))) {
    if (is_undefined(symbol.type)) continue;
    defined_.insert(symbol.name);
    if (is_strong(symbol) || !is_mangled(symbol.name)) system_.insert(symbol.name);
  }
  for (const Symbol& symbol : parse(nm(given))) {
    if (is_undefined(symbol.type)) {
      wanted_.insert(symbol.name);
      continue;
    }
    defined_.insert(symbol.name);
    (is_strong(symbol) ? given_ : given_inline_).insert(symbol.name);
  }
}

std::string SymbolRules::refuses(const std::string& listing) const {
  for (const Symbol& symbol : parse(listing)) {
    const std::string& name = symbol.name;
    const bool compiler_made = name.starts_with("DW.ref.");
    if (compiler_made || is_undefined(symbol.type)) continue;
    if (!is_ordinary(name)) return "it defines a symbol with a name no compiler makes";
    if (name == "main") return "it defines main(): the judge has its own";
    const std::string ours = is_mangled(name) ? our_namespace_in(name) : "";
    if (ours == "testing") {
      return fmt::format("it defines {}: Google Test is not a submission's to change",
                         readable(name));
    }
    if (!ours.empty()) {
      return fmt::format("it defines {}: the judge's names are not a submission's", readable(name));
    }
    if (is_allocation(name)) {
      return fmt::format("it replaces {}, which everything uses", readable(name));
    }
    if (is_reserved(name)) {
      return fmt::format("it defines {}: names that begin so belong to the compiler",
                         readable(name));
    }
    if (system_.count(name) > 0) {
      return fmt::format(
          "it defines {}, a name of the C or C++ library; put helpers into an "
          "unnamed namespace",
          readable(name));
    }
    const bool replaces_inline = is_strong(symbol) && given_inline_.count(name) > 0;
    if (given_.count(name) > 0 || replaces_inline) {
      return fmt::format("it defines {}, which belongs to another part of the library",
                         readable(name));
    }
    if (is_strong(symbol) && is_in_std(name)) {
      return fmt::format("it defines {}: namespace std is not a submission's to change",
                         readable(name));
    }
  }
  return {};
}

ObjectSymbols object_symbols(const std::string& listing) {
  ObjectSymbols symbols;
  for (const Symbol& symbol : parse(listing)) {
    if (symbol.type == 'U') symbols.undefined.insert(symbol.name);
    if (is_undefined(symbol.type)) continue;
    symbols.defined.insert(symbol.name);
    if (is_strong(symbol)) symbols.strong.insert(symbol.name);
  }
  return symbols;
}

ObjectSymbols own_symbols(const std::filesystem::path& object) {
  return object_symbols(nm({object}));
}

std::string readable_symbol(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), &std::free);
  return one_line(clip(status == 0 ? text.get() : mangled.c_str(), 120));
}

}  // namespace tito
