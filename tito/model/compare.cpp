// tito model compare A B: two ONNX files beside each other.

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tinytorch/core/error.h"
#include "tito/base/terminal.h"
#include "tito/model/show_model.h"
#include "tito/model/verbs.h"

namespace tito::model {
namespace {

using nlohmann::ordered_json;
using tinytorch::concat;
namespace onnx = tinytorch::onnx;

constexpr std::size_t kValueWidth = 26;

// One line: what, in A, in B.
struct Row {
  std::string what;
  std::string a;
  std::string b;
};

std::string joined(const ShownModel& model, const std::vector<onnx::ValueDescription>& values) {
  std::string text;
  for (const onnx::ValueDescription& value : values) {
    text += concat(text.empty() ? "" : "; ", readable(model, value.name), " ",
                   type_and_shape(model, value));
  }
  return text;
}

// Bytes of constants by their type: where a smaller file is smaller.
std::map<std::string, std::int64_t> bytes_by_type(const ShownModel& model) {
  std::map<std::string, std::int64_t> bytes;
  for (const onnx::ConstantDescription& constant : model.about.constants) {
    bytes[constant.type] += constant.bytes;
  }
  return bytes;
}

std::map<std::string, std::int64_t> nodes_by_operator(const ShownModel& model) {
  std::map<std::string, std::int64_t> count;
  for (const onnx::NodeDescription& node : model.about.nodes) {
    ++count[node.domain.empty() || node.domain == "ai.onnx" ? node.op
                                                            : node.domain + "." + node.op];
  }
  return count;
}

// A row for each key of either.
template <typename Value>
void add_rows(std::vector<Row>& rows, const std::string& prefix,
              const std::map<std::string, Value>& a, const std::map<std::string, Value>& b) {
  std::set<std::string> keys;
  for (const auto* values : {&a, &b}) {
    for (const auto& [key, unused] : *values) keys.insert(key);
  }
  const auto text = [](const std::map<std::string, Value>& values, const std::string& key) {
    const auto found = values.find(key);
    return found == values.end() ? std::string("-") : concat(found->second);
  };
  for (const std::string& key : keys) {
    rows.push_back({prefix + printable(key), printable(text(a, key)), printable(text(b, key))});
  }
}

std::vector<Row> rows_of(const ShownModel& a, const ShownModel& b) {
  std::vector<Row> rows;
  const auto row = [&](const char* what, std::string in_a, std::string in_b) {
    rows.push_back({what, std::move(in_a), std::move(in_b)});
  };
  row("sha256", a.sha256, b.sha256);
  row("bytes", concat(a.bytes), concat(b.bytes));
  row("operator set", concat(a.about.opset()), concat(b.about.opset()));
  row("made by", printable(a.about.producer), printable(b.about.producer));
  row("takes", joined(a, a.about.inputs), joined(b, b.about.inputs));
  row("gives", joined(a, a.about.outputs), joined(b, b.about.outputs));
  row("constants", concat(a.about.parameters()), concat(b.about.parameters()));
  add_rows(rows, "bytes of ", bytes_by_type(a), bytes_by_type(b));
  using Texts = std::map<std::string, std::string>;
  add_rows(rows, "", Texts(a.about.metadata.begin(), a.about.metadata.end()),
           Texts(b.about.metadata.begin(), b.about.metadata.end()));
  add_rows(rows, "nodes ", nodes_by_operator(a), nodes_by_operator(b));
  return rows;
}

void print_rows(const ShownModel& a, const ShownModel& b, const std::vector<Row>& rows) {
  std::printf("A  %s\nB  %s\n", printable(a.file).c_str(), printable(b.file).c_str());
  const double share = static_cast<double>(b.bytes) / static_cast<double>(a.bytes);
  std::printf("B has %.3f times the bytes of A.\n\n", share);
  Table table;
  table.header = {"", "", "A", "B"};
  for (const Row& row : rows) {
    table.rows.push_back({row.a == row.b ? "" : "*", shorten(row.what, 20),
                          shorten(row.a, kValueWidth), shorten(row.b, kValueWidth)});
  }
  std::fputs(render(table, 0).c_str(), stdout);
  std::printf("\n* differs. --json shows texts in full.\n");
}

int run(const std::vector<std::string>& arguments) {
  const Arguments parsed(arguments, {"--json"}, {});
  if (parsed.positional().size() != 2) {
    throw tinytorch::Error(
        concat("expected two files, A and B, got ", parsed.positional().size(), " arguments"));
  }
  const ShownModel a = look_at(parsed.positional()[0]);
  const ShownModel b = look_at(parsed.positional()[1]);
  const std::vector<Row> rows = rows_of(a, b);
  if (!parsed.has("--json")) {
    print_rows(a, b, rows);
    return 0;
  }
  ordered_json json{{"a", a.file}, {"b", b.file}, {"rows", ordered_json::array()}};
  for (const Row& row : rows) {
    json["rows"].push_back(
        {{"what", row.what}, {"a", row.a}, {"b", row.b}, {"differs", row.a != row.b}});
  }
  std::printf("%s\n", json.dump(2, ' ', true, ordered_json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace

Verb compare_verb() {
  return {"model", "compare", "Compare two ONNX files",
          "A B [--json]\n  Sizes, inputs and outputs, provenance, operators; what differs is "
          "marked.\n",
          run};
}

}  // namespace tito::model
