// What a registry may not be, and what it may be though nobody here wrote it.
#include "tinytorch/registry/validate.h"

#include <gtest/gtest.h>

#include "tests/registry/small_registry.h"
#include "tests/support/expect_error.h"
#include "tinytorch/registry/audit.h"
#include "tinytorch/registry/open.h"
#include "tinytorch/registry/sha256.h"

namespace tinytorch::registry {
namespace {

std::string problems_of(const Folder& folder) {
  std::string all;
  for (const Finding& finding : validate(folder.path())) {
    all += finding.place + ": " + finding.problem + "\n";
  }
  return all;
}

void expect_problem(const Folder& folder, const std::string& text) {
  const std::string all = problems_of(folder);
  EXPECT_NE(all.find(text), std::string::npos) << "the findings were:\n" << all;
}

// Written by hand after the words of the first registry's schema: a quality metric quantized while
// it runs and one in float, each sidecar with that writer's fields.
TEST(RegistryValidate, AcceptsARegistryOfTheOriginalsSchema) {
  const Folder folder;
  folder.write("nr_metric_v1.onnx", model_bytes().fp32);
  folder.write("nr_metric_v1.int8.onnx", model_bytes().dynamic);
  folder.write("vmaf_tiny_v2.onnx", model_bytes().fp32);
  folder.write("nr_metric_v1.sigstore.json", "{}");
  const std::string fp32 = sha256_hex(model_bytes().fp32);
  const std::string int8 = sha256_hex(model_bytes().dynamic);
  folder.write("registry.json", R"({
    "schema_version": 1,
    "models": [
      {"id": "nr_metric_v1", "kind": "nr", "onnx": "nr_metric_v1.onnx", "opset": 17,
       "sha256": ")" + fp32 + R"(", "quant_mode": "dynamic", "int8_sha256": ")" +
                                    int8 + R"(",
       "quant_accuracy_budget_plcc": 0.01, "license": "BSD-2-Clause-Patent",
       "license_url": "https://example.org/license", "sigstore_bundle": "nr_metric_v1.sigstore.json",
       "description": "No-reference metric.", "notes": "Dynamic PTQ.", "smoke": false},
      {"id": "vmaf_tiny_v2", "kind": "fr", "onnx": "vmaf_tiny_v2.onnx", "sha256": ")" +
                                    fp32 + R"("}
    ]})");
  folder.write("nr_metric_v1.json", R"({
    "id": "nr_metric_v1", "kind": "nr", "onnx": "nr_metric_v1.onnx", "opset": 17,
    "sha256": ")" + fp32 + R"(", "input_name": "x", "input_shape": [null, 2, 8, 8],
    "output_name": "y", "output_shape": ["batch", 5], "arch": "mobilenet-tiny", "n_params": 1000,
    "notes": "", "quant_mode": "dynamic", "int8_sha256": ")" +
                                        int8 + R"(",
    "quant_measured_drop": 0.0077, "trained_on": "a field of their own"})");
  folder.write("vmaf_tiny_v2.json", R"({
    "id": "vmaf_tiny_v2", "kind": "fr", "features": ["adm2", "vif_scale0"],
    "input_mean": [0.5, 0.5], "input_std": 0.25})");
  EXPECT_EQ(problems_of(folder), "");
  EXPECT_EQ(open(folder.path(), "nr_metric_v1").bytes, model_bytes().dynamic);
  const Opened tiny = open(folder.path(), "vmaf_tiny_v2");
  EXPECT_EQ(tiny.sidecar.features, (std::vector<std::string>{"adm2", "vif_scale0"}));
  EXPECT_EQ(tiny.sidecar.input_std, std::vector<double>{0.25});
}

TEST(RegistryValidate, NamesEachFault) {
  const Folder folder;
  add_model(folder, "plain", QuantMode::kFp32);
  add_model(folder, "trained", QuantMode::kStatic);
  EXPECT_EQ(problems_of(folder), "");

  folder.write("stray.onnx", model_bytes().fp32);
  folder.write("deep/stray.bin", "x");
  folder.write("README.md", "for people");
  expect_problem(folder, "deep/stray.bin: belongs to no entry\nstray.onnx: belongs to no entry");
  fs::remove_all(folder.path() / "deep");
  fs::remove(folder.path() / "stray.onnx");

  folder.write("plain.int8.onnx", model_bytes().dynamic);
  expect_problem(folder, "plain: plain.int8.onnx is there, but quant_mode is fp32");
  fs::remove(folder.path() / "plain.int8.onnx");

  const std::string sidecar = folder.read("plain.json");
  Sidecar other = parse_sidecar(sidecar, "plain.json");
  other.input_name = "image";
  folder.write("plain.json", to_json(other));
  expect_problem(folder, "input_name is image, a name that the model does not have");
  folder.write("plain.json", sidecar);

  fs::remove(folder.path() / "trained.int8.onnx");
  expect_problem(folder, "trained.int8.onnx");
}

TEST(RegistryValidate, FindsIdsThatStandTwiceAndModesThatAreNotTrue) {
  const Folder folder;
  const Entry entry = add_model(folder, "quick", QuantMode::kDynamic);
  Registry twice{.models = {entry, entry}};
  folder.write("registry.json", to_json(twice));
  expect_problem(folder, "quick: the id stands twice");
  EXPECT_ERROR(open(folder.path(), "quick"), "the id quick stands twice");

  Entry pretended = entry;
  pretended.quant_mode = QuantMode::kStatic;
  pretended.quant_calibration_set = "none was used";
  folder.write("registry.json", to_json(Registry{.models = {pretended}}));
  expect_problem(folder, "do not compute as mode static does");

  Entry newer = entry;
  newer.opset = 18;
  folder.write("registry.json", to_json(Registry{.models = {newer}}));
  expect_problem(folder, "operator set 17, the entry says 18");

  Entry unsigned_one = entry;
  unsigned_one.sigstore_bundle = "../../bundle";
  folder.write("registry.json", to_json(Registry{.models = {unsigned_one}}));
  expect_problem(folder, "../../bundle");
}

TEST(RegistryValidate, SaysEveryViolationOfTheSchema) {
  const Folder folder;
  folder.write("registry.json", R"({"schema_version": 1, "models": [{"id": "A"}], "more": 1})");
  expect_problem(folder, "models[0]: misses kind");
  expect_problem(folder, "models[0].id: \"A\" does not match");
  expect_problem(folder, "unknown key \"more\"");
  EXPECT_ERROR(read_registry(folder.path()), "registry.json: models[0]: misses kind");
}

TEST(RegistryAdd, GivesTheSameBytesAgainAndReplacesTheEntry) {
  const Folder folder;
  add_model(folder, "b", QuantMode::kFp32);
  add_model(folder, "a", QuantMode::kDynamic);
  const std::string text = folder.read("registry.json");
  EXPECT_LT(text.find("\"a\""), text.find("\"b\"")) << "sorted by id";
  add_model(folder, "b", QuantMode::kFp32);
  EXPECT_EQ(folder.read("registry.json"), text);
  add_model(folder, "a", QuantMode::kFp32);
  EXPECT_FALSE(fs::exists(folder.path() / "a.int8.onnx"));
  EXPECT_EQ(problems_of(folder), "");
}

TEST(RegistryAdd, NeedsTheCalibrationSetOfAQatModelToo) {
  const Folder folder;
  Addition addition{.entry = {.id = "m", .quant_mode = QuantMode::kQat}};
  addition.float_model = folder.write("m.onnx", model_bytes().fp32);
  addition.int8_model = folder.write("n.onnx", model_bytes().qdq);
  EXPECT_ERROR(add(folder.path(), addition), "mode qat needs quant_calibration_set");
  addition.entry.quant_mode = QuantMode::kFp32;
  EXPECT_ERROR(add(folder.path(), addition), "mode fp32 has no int8 model");
}

TEST(Sidecar, ComesBackAsItWasWritten) {
  Sidecar sidecar{.id = "m", .kind = Kind::kLm};
  sidecar.input_shape = NamedShape{"batch", "1", "28"};
  sidecar.features = {"adm2"};
  sidecar.input_mean = {0.5};
  sidecar.n_params = 257;
  sidecar.quantization = passing_figures();
  sidecar.quantization->reasons = {"slower"};
  sidecar.quantization->instruction_set = "avx512vnni";
  const std::string text = to_json(sidecar);
  EXPECT_EQ(parse_sidecar(text, "m.json"), sidecar);
  EXPECT_EQ(to_json(parse_sidecar(text, "m.json")), text);
}

const Audited* row_of(const std::vector<Audited>& rows, const std::string& figure) {
  for (const Audited& row : rows) {
    if (row.figure == figure) return &row;
  }
  return nullptr;
}

TEST(RegistryAudit, ShowsWhatMoved) {
  QuantFigures figures = passing_figures();
  figures.int8_bytes = static_cast<std::int64_t>(model_bytes().dynamic.size());
  figures.fp32_bytes = 1;
  const Folder folder;
  add_model(folder, "quick", QuantMode::kDynamic, figures);
  const Measure measure = [](const Entry&, const Sidecar&, const std::string& fp32,
                             const std::string& int8) -> std::optional<Measured> {
    EXPECT_EQ(fp32, model_bytes().fp32);
    EXPECT_EQ(int8, model_bytes().dynamic);
    return Measured{.fp32 = 0.95, .int8 = 0.93, .drop = 0.02};
  };
  const std::vector<Audited> rows = audit(folder.path(), measure);
  EXPECT_FALSE(row_of(rows, "sha256")->drifted);
  EXPECT_FALSE(row_of(rows, "int8_bytes")->drifted);
  EXPECT_FALSE(row_of(rows, "n_params")->drifted);
  EXPECT_FALSE(row_of(rows, "fp32")->drifted);
  EXPECT_TRUE(row_of(rows, "fp32_bytes")->drifted);
  EXPECT_TRUE(row_of(rows, "int8")->drifted);
  EXPECT_TRUE(row_of(rows, "drop")->drifted);
  EXPECT_EQ(row_of(rows, "drop")->measured, "0.02");
  folder.write("quick.int8.onnx", "changed");
  EXPECT_TRUE(row_of(audit(folder.path(), measure), "int8_sha256")->drifted);
}

TEST(Validate, NamesTheRegistryAndNotWhereALinkLeads) {
  const Folder folder;
  const std::string file = folder.write("registry.json", "{\"schema_version\": 1,").string();
  EXPECT_ERROR((void)validate(folder.path()), file + ": json: parse error");
  folder.write("registry.json", "\"text\"");
  ASSERT_EQ(validate(folder.path()).size(), 1U);
  EXPECT_EQ(validate(folder.path()).front().place, file);
  folder.write("registry.json", "{\"schema_version\": 1, \"models\": []}");
  fs::create_symlink("/etc/passwd", folder.path() / "cats.onnx");
  ASSERT_EQ(validate(folder.path()).size(), 1U);
  EXPECT_EQ(validate(folder.path()).front().place, "cats.onnx");
  folder.write("registry.json", std::string(static_cast<std::size_t>(kLargestRegistry) + 1, ' '));
  EXPECT_ERROR((void)validate(folder.path()), file);
}

}  // namespace
}  // namespace tinytorch::registry
