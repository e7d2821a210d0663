// The one way in: the bytes that are loaded are the bytes that were registered, or there is none.
#include "tinytorch/registry/open.h"

#include <gtest/gtest.h>

#include "tests/registry/small_registry.h"
#include "tests/support/expect_error.h"
#include "tinytorch/onnx/import/describe_model.h"
#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/registry/allow_list.h"
#include "tinytorch/registry/sha256.h"
#include "tinytorch/registry/validate.h"

namespace tinytorch::registry {
namespace {

std::string problems_of(const Folder& folder) {
  std::string all;
  for (const Finding& finding : validate(folder.path())) {
    all += finding.place + ": " + finding.problem + "\n";
  }
  return all;
}

TEST(Sha256, GivesTheDigestOfTheStandardsExample) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(RegistryOpen, GivesTheBytesOfTheEntrysMode) {
  const Folder folder;
  add_model(folder, "plain", QuantMode::kFp32);
  add_model(folder, "quick", QuantMode::kDynamic);
  add_model(folder, "trained", QuantMode::kQat);
  EXPECT_EQ(open(folder.path(), "plain").bytes, model_bytes().fp32);
  const Opened quick = open(folder.path(), "quick");
  EXPECT_EQ(quick.bytes, model_bytes().dynamic);
  EXPECT_EQ(quick.mode, QuantMode::kDynamic);
  EXPECT_EQ(quick.over_budget, "");
  EXPECT_EQ(open(folder.path() / "registry.json", "trained").bytes, model_bytes().qdq);
  EXPECT_ERROR(open(folder.path(), "plan"), "no model \"plan\". Did you mean plain?");
  EXPECT_EQ(problems_of(folder), "");
}

// Defect 5 of the original: its allow-list refused the operators of the int8 files it shipped.
TEST(RegistryOpen, Defect5TheAllowListKnowsWhatOurExportsWrite) {
  for (const std::string* bytes :
       {&model_bytes().fp32, &model_bytes().dynamic, &model_bytes().qdq}) {
    const onnx::ModelDescription model = onnx::describe_model(*bytes, "model");
    EXPECT_EQ(refused_operators(model.operators), std::vector<std::string>{});
  }
  const std::vector<std::string>& allowed = allowed_operators();
  EXPECT_TRUE(std::is_sorted(allowed.begin(), allowed.end()));
}

// Defect 5, the other half: int8_sha256 stood in the registry and nothing ever compared it.
TEST(RegistryOpen, Defect5AChangedInt8FileIsAnErrorAtEveryOpen) {
  const Folder folder;
  add_model(folder, "quick", QuantMode::kDynamic);
  EXPECT_NO_THROW(open(folder.path(), "quick"));
  std::string changed = model_bytes().dynamic;
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  folder.write("quick.int8.onnx", changed);
  // The float model is there and whole, and is not taken instead.
  EXPECT_ERROR(open(folder.path(), "quick"), "quick.int8.onnx: SHA-256 is " + sha256_hex(changed));
  EXPECT_NE(problems_of(folder).find("quick.int8.onnx: SHA-256"), std::string::npos);
  folder.write("quick.int8.onnx", model_bytes().dynamic);
  EXPECT_NO_THROW(open(folder.path(), "quick"));
  // Another valid model in its place is no better.
  folder.write("quick.int8.onnx", model_bytes().fp32);
  EXPECT_ERROR(open(folder.path(), "quick"), "SHA-256");
}

TEST(RegistryOpen, AChangedFloatModelIsAnErrorToo) {
  const Folder folder;
  add_model(folder, "plain", QuantMode::kFp32);
  folder.write("plain.onnx", model_bytes().qdq);
  EXPECT_ERROR(open(folder.path(), "plain"), "plain.onnx: SHA-256 is ");
  fs::remove(folder.path() / "plain.onnx");
  EXPECT_ERROR(open(folder.path(), "plain"), "plain.onnx");
}

TEST(RegistryOpen, OverBudgetLoadsTheFloatModelAndSaysSo) {
  QuantFigures over = passing_figures();
  over.drop_high = 0.0060001;  // the interval's worst end alone
  over.budget = 0.006;
  const Folder folder;
  add_model(folder, "quick", QuantMode::kDynamic, over);
  testing::internal::CaptureStderr();
  const Opened opened = open(folder.path(), "quick");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(opened.bytes, model_bytes().fp32);
  EXPECT_EQ(opened.mode, QuantMode::kFp32);
  EXPECT_EQ(opened.entry.quant_mode, QuantMode::kDynamic);
  EXPECT_NE(opened.over_budget.find("over the budget of 0.006"), std::string::npos);
  EXPECT_NE(said.find("quick: drop 0.001 (up to 0.0060001) of top1"), std::string::npos) << said;
  EXPECT_NE(said.find("the float model is loaded"), std::string::npos) << said;
}

TEST(RegistryOpen, AVerdictOfOverIsEnough) {
  QuantFigures slow = passing_figures();
  slow.verdict = "over";
  slow.reasons = {"1.8 times as slow as float"};
  const Folder folder;
  add_model(folder, "quick", QuantMode::kDynamic, slow);
  testing::internal::CaptureStderr();
  EXPECT_EQ(open(folder.path(), "quick").over_budget, "1.8 times as slow as float");
  testing::internal::GetCapturedStderr();
}

TEST(RegistryOpen, TheEntrysBudgetCountsBeforeTheSidecars) {
  Entry entry{.id = "m", .quant_mode = QuantMode::kStatic};
  Sidecar sidecar{.id = "m", .quantization = passing_figures()};
  EXPECT_EQ(over_budget(entry, sidecar), "");
  entry.quant_accuracy_budget_plcc = 0.002;
  EXPECT_NE(over_budget(entry, sidecar), "");
}

TEST(RegistryOpen, ASidecarThatContradictsTheEntryIsAnError) {
  const Folder folder;
  add_model(folder, "quick", QuantMode::kDynamic);
  Sidecar sidecar = parse_sidecar(folder.read("quick.json"), "quick.json");
  sidecar.quant_mode = QuantMode::kStatic;
  folder.write("quick.json", to_json(sidecar));
  EXPECT_ERROR(open(folder.path(), "quick"), "quant_mode: entry dynamic, sidecar static");
  fs::remove(folder.path() / "quick.json");
  EXPECT_ERROR(open(folder.path(), "quick"), "quick.json");
}

// Replaces `from` in the registry's text.
void edit_registry(const Folder& folder, const std::string& from, const std::string& to) {
  std::string text = folder.read("registry.json");
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << text;
  folder.write("registry.json", text.replace(at, from.size(), to));
}

TEST(RegistryOpen, PathsDoNotLeadOutOfTheFolder) {
  const Folder outside;
  outside.write("m.onnx", model_bytes().fp32);
  for (const std::string& name : {outside.path().string() + "/m.onnx", std::string("../m.onnx")}) {
    const Folder folder;
    add_model(folder, "plain", QuantMode::kFp32);
    edit_registry(folder, "\"plain.onnx\"", "\"" + name + "\"");
    EXPECT_THROW(open(folder.path(), "plain"), Error) << name;
  }
  const Folder linked;
  add_model(linked, "plain", QuantMode::kFp32);
  fs::remove(linked.path() / "plain.onnx");
  fs::create_symlink(outside.path() / "m.onnx", linked.path() / "plain.onnx");
  EXPECT_ERROR(open(linked.path(), "plain"), "plain.onnx");
}

std::string model_with(const std::string& op) {
  onnx::ModelBuilder model("m");
  model.add_input("x", onnx::ElementType::kFloat, {std::int64_t{2}});
  model.add_node(op, {"x"}, {"y"});
  model.add_output("y", onnx::ElementType::kFloat, {std::int64_t{2}});
  return model.to_bytes();
}

TEST(RegistryOpen, OperatorsThatAreNotAllowedAreRefusedInBothFiles) {
  const Folder folder;
  add_model(folder, "quick", QuantMode::kDynamic);
  const std::string odd = model_with("Acosh");
  const Folder built;
  Addition addition{.entry = {.id = "odd", .kind = Kind::kFilter},
                    .float_model = built.write("m.onnx", odd)};
  EXPECT_ERROR(add(folder.path(), addition), "operators that a registry does not allow: Acosh");
  // Nor does a hash that fits help.
  folder.write("quick.int8.onnx", odd);
  const std::string entry = *read_registry(folder.path()).find("quick")->int8_sha256;
  edit_registry(folder, entry, sha256_hex(odd));
  Sidecar sidecar = parse_sidecar(folder.read("quick.json"), "quick.json");
  sidecar.int8_sha256 = sha256_hex(odd);
  folder.write("quick.json", to_json(sidecar));
  EXPECT_ERROR(open(folder.path(), "quick"), "Acosh");
  EXPECT_NE(problems_of(folder).find("Acosh"), std::string::npos);
}

}  // namespace
}  // namespace tinytorch::registry
