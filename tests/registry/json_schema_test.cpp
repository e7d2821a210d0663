// The validator, keyword by keyword; then the registry's own schema.
#include "tinytorch/registry/json_schema.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tinytorch/data/file.h"
#include "tinytorch/registry/registry_file.h"

namespace tinytorch::registry {
namespace {

std::string first(const std::string& json, const std::string& schema) {
  const std::vector<Violation> found = violations(json, schema);
  return found.empty() ? "" : found.front().place + ": " + found.front().message;
}

struct Case {
  const char* schema;
  const char* fits;
  const char* does_not;
};

TEST(JsonSchema, EveryKeywordAcceptsAndRefuses) {
  for (const Case& one : std::initializer_list<Case>{
           {R"({"type": "integer"})", "3", "3.5"},
           {R"({"type": "integer"})", "3.0", "\"3\""},
           {R"({"type": "number"})", "3.5", "null"},
           {R"({"type": "boolean"})", "true", "1"},
           {R"({"type": "null"})", "null", "false"},
           {R"({"type": ["string", "null"]})", "null", "0"},
           {R"({"enum": ["a", 2]})", "2", "\"b\""},
           {R"({"const": 1})", "1", "2"},
           {R"({"required": ["a"]})", R"({"a": 0})", R"({"b": 0})"},
           {R"({"required": ["a"]})", "[]", R"({})"},
           {R"({"properties": {"a": {"type": "string"}}})", R"({"b": 1})", R"({"a": 1})"},
           {R"({"additionalProperties": false})", "{}", R"({"a": 1})"},
           {R"({"additionalProperties": {"type": "string"}})", R"({"a": ""})", R"({"a": 1})"},
           {R"({"properties": {"a": true}, "additionalProperties": false})", R"({"a": 1})",
            R"({"a": 1, "b": 1})"},
           {R"({"items": {"minimum": 2}})", "[2, 3]", "[2, 1]"},
           {R"({"minLength": 2})", R"("äö")", R"("ä")"},
           {R"({"maxLength": 2})", R"("äö")", R"("abc")"},
           {R"({"pattern": "^a+$", "maxLength": 5})", R"("aaa")", R"("ab")"},
           {R"({"minimum": 0, "maximum": 1})", "1", "1.5"},
           {R"({"minimum": 0})", "0", "-0.1"},
           {R"({"anyOf": [{"type": "null"}, {"minimum": 5}]})", "6", "4"},
           {R"({"allOf": [{"minimum": 5}, {"maximum": 6}]})", "6", "7"},
           {R"({"if": {"minimum": 5}, "then": {"maximum": 6}})", "4", "7"},
           {R"({"if": {"minimum": 5}, "else": {"maximum": 3}})", "9", "4"},
           {R"({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}})", "null", "1"},
           {R"({"properties": {"a": false}})", "{}", R"({"a": 1})"}}) {
    EXPECT_EQ(first(one.fits, one.schema), "") << one.schema;
    EXPECT_NE(first(one.does_not, one.schema), "") << one.schema << " accepts " << one.does_not;
  }
}

TEST(JsonSchema, NamesThePlaceAndTheValue) {
  EXPECT_EQ(
      first(
          R"({"models": [{"mode": "fp32"}, {"mode": "int4"}]})",
          R"({"properties": {"models": {"items": {"properties": {"mode": {"enum": ["fp32", "qat"]}}}}}})"),
      "models[1].mode: \"int4\" is not one of fp32, qat");
}

TEST(JsonSchema, RefusesASchemaItDoesNotUnderstand) {
  EXPECT_ERROR(violations("1", R"({"multipleOf": 2})"), "keyword \"multipleOf\"");
  EXPECT_ERROR(violations("1", R"({"$ref": "#/$defs/none"})"), "leads nowhere");
  EXPECT_ERROR(violations("1", R"({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}})"),
               "in a circle");
  EXPECT_ERROR(violations(R"("a")", R"({"pattern": "a"})"), "needs a maxLength");
}

TEST(JsonSchema, LongTextsDoNotReachTheRegularExpression) {
  const std::string text = "\"" + std::string(3'000'000, 'a') + "\"";
  EXPECT_NE(first(text, R"({"pattern": "^[a-z]*$", "maxLength": 64})"), "");
}

TEST(JsonSchema, RefusesWhatIsNoCarefulJson) {
  EXPECT_ERROR(violations("{\"a\": 1,\n \"b\" 2}", "true"), "line 2");
  EXPECT_ERROR(violations(R"({"a": 1, "a": 2})", "true"), "\"a\" stands twice");
  EXPECT_EQ(first(R"([{"a": 1}, {"a": 2}])", "true"), "");
  EXPECT_ERROR(violations(std::string(100000, '['), "true"), "nested deeper");
}

std::string registry_of(const std::string& entry) {
  return R"({"schema_version": 1, "models": [)" + entry + "]}";
}

const std::string kHash(64, 'a');

std::string entry_with(const std::string& more) {
  return R"({"id": "m", "kind": "nr", "onnx": "m.onnx", "sha256": ")" + kHash + "\"" + more + "}";
}

TEST(RegistrySchema, AcceptsEntriesOfEveryMode) {
  for (const std::string& more :
       {std::string(), std::string(R"(, "quant_mode": "fp32")"),
        R"(, "quant_mode": "dynamic", "int8_sha256": ")" + kHash + "\"",
        R"(, "quant_mode": "static", "quant_calibration_set": "c", "int8_sha256": ")" + kHash +
            "\"",
        R"(, "quant_mode": "qat", "opset": 17, "int8_sha256": ")" + kHash + "\""}) {
    EXPECT_EQ(first(registry_of(entry_with(more)), registry_schema()), "") << more;
  }
}

TEST(RegistrySchema, RefusesWhatTheContractForbids) {
  for (const std::string& more :
       {std::string(R"(, "extra": 1)"), std::string(R"(, "opset": 6)"),
        std::string(R"(, "opset": 22)"), std::string(R"(, "quant_mode": "int4")"),
        std::string(R"(, "quant_mode": "dynamic")"), R"(, "int8_sha256": ")" + kHash + "\"",
        R"(, "quant_mode": "fp32", "int8_sha256": ")" + kHash + "\"",
        R"(, "quant_mode": "static", "int8_sha256": ")" + kHash + "\"",
        std::string(R"(, "quant_accuracy_budget_plcc": 1.01)"), std::string(R"(, "smoke": "yes")"),
        R"(, "description": ")" + std::string(257, 'x') + "\"",
        R"(, "notes": ")" + std::string(513, 'x') + "\""}) {
    EXPECT_NE(first(registry_of(entry_with(more)), registry_schema()), "") << more;
  }
  EXPECT_NE(first(R"({"schema_version": 1, "models": [], "more": 1})", registry_schema()), "");
  EXPECT_NE(first(R"({"schema_version": 2, "models": []})", registry_schema()), "");
  EXPECT_NE(first(R"({"models": []})", registry_schema()), "");
  for (const char* id : {"", "-a", "A", "a.b", "_a"}) {
    const std::string entry = R"({"id": ")" + std::string(id) +
                              R"(", "kind": "nr", "onnx": "m.onnx", "sha256": ")" + kHash + "\"}";
    EXPECT_NE(first(registry_of(entry), registry_schema()), "") << id;
  }
}

}  // namespace
}  // namespace tinytorch::registry
