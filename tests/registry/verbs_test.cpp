// The verbs as a user calls them.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tests/registry/small_registry.h"
#include "tinytorch/onnx/model_builder.h"
#include "tinytorch/onnx/provenance.h"

namespace tinytorch::registry {
namespace {

struct Outcome {
  int status = 0;
  std::string out;  // and what went to stderr
};

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

Outcome drive(const std::vector<std::string>& words) {
  std::string command = quoted(MODELS_BINARY);
  for (const std::string& word : words) command += " " + quoted(word);
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  Outcome outcome;
  std::array<char, 4096> block{};
  for (std::size_t n = 0; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;) {
    outcome.out.append(block.data(), n);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

std::size_t widest(const std::string& text) {
  std::size_t widest = 0;
  std::size_t width = 0;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    width = c == '\n' ? 0 : width + (continues ? 0 : 1);
    widest = std::max(widest, width);
  }
  return widest;
}

TEST(ModelShow, PrintsProvenanceAndEveryNodeInEightyColumns) {
  const Folder folder;
  Rng rng(1501);
  onnx::ModelBuilder model = onnx::float_model(*small::depthwise(rng), {2, 8, 8});
  onnx::set_provenance(model, {.recipe = "digits_cnn",
                               .recipe_sha256 = std::string(64, 'c'),
                               .method = "fp32",
                               .dialect = "ort"});
  const std::string file = folder.write("model.onnx", model.to_bytes()).string();
  const Outcome shown = drive({"model", "show", file});
  EXPECT_EQ(shown.status, 0) << shown.out;
  EXPECT_LE(widest(shown.out), std::max<std::size_t>(80, file.size())) << shown.out;
  for (const char* text :
       {"Provenance", "digits_cnn", "version", "float [batch, 2, 8, 8]", "BatchNormalization",
        "GlobalAveragePool", "model.0", "operator set 17"}) {
    EXPECT_NE(shown.out.find(text), std::string::npos) << text << " in\n" << shown.out;
  }
  const Outcome json = drive({"model", "show", file, "--json"});
  const auto parsed = nlohmann::json::parse(json.out);
  EXPECT_EQ(parsed["provenance"]["recipe"], "digits_cnn");
  EXPECT_EQ(parsed["inputs"][0]["shape"][0], "batch");
  EXPECT_GT(parsed["nodes"].size(), 10u);
}

// A file with names that would move a terminal's cursor: "x" is replaced in the bytes.
TEST(ModelShow, EscapesAStrangersNames) {
  const Folder folder;
  onnx::ModelBuilder model("m");
  model.add_input("evilname", onnx::ElementType::kFloat, {std::int64_t{2}});
  model.add_node("Neg", {"evilname"}, {"y"});
  model.add_output("y", onnx::ElementType::kFloat, {std::int64_t{2}});
  std::string bytes = model.to_bytes();
  for (std::size_t at = 0; (at = bytes.find("evilname", at)) != std::string::npos;) {
    bytes.replace(at, 8, "\x1b[2Jname", 8);
  }
  const std::string file = folder.write("strange.onnx", bytes).string();
  const Outcome shown = drive({"model", "show", file});
  EXPECT_EQ(shown.status, 0) << shown.out;
  EXPECT_EQ(shown.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(drive({"model", "show", file, "--json"}).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(drive({"model", "compare", file, file}).out.find('\x1b'), std::string::npos);
  folder.write("no.onnx", "not a model");
  const Outcome refused = drive({"model", "show", (folder.path() / "no.onnx").string()});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.out.find("no.onnx"), std::string::npos);
}

TEST(ModelCompare, MarksWhatDiffers) {
  const Folder folder;
  const std::string a = folder.write("a.onnx", model_bytes().fp32).string();
  const std::string b = folder.write("b.onnx", model_bytes().qdq).string();
  const Outcome compared = drive({"model", "compare", a, b});
  EXPECT_EQ(compared.status, 0) << compared.out;
  for (const char* text : {"times the bytes of A", "bytes of int8", "nodes QuantizeLinear"}) {
    EXPECT_NE(compared.out.find(text), std::string::npos) << text << " in\n" << compared.out;
  }
  EXPECT_LE(widest(compared.out), std::max<std::size_t>(80, a.size() + 3)) << compared.out;
  EXPECT_EQ(drive({"model", "compare", a}).status, 2);
}

TEST(RegistryVerbs, AddListShowValidateAndAudit) {
  const Folder folder;
  const Folder built;
  const std::string path = (folder.path() / "models").string();
  const std::string fp32 = built.write("f.onnx", model_bytes().fp32).string();
  const std::string int8 = built.write("q.onnx", model_bytes().dynamic).string();
  const Outcome added =
      drive({"registry", "add", "quick", "--kind", "nr", "--onnx", fp32, "--int8", int8, "--mode",
             "dynamic", "--budget", "0.01", "--license", "MIT", "--registry", path});
  EXPECT_EQ(added.status, 0) << added.out;
  EXPECT_NE(added.out.find("Next: tito registry validate --registry " + path), std::string::npos);
  const Outcome listed = drive({"registry", "list", "--registry", path});
  EXPECT_NE(listed.out.find("quick"), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("dynamic"), std::string::npos);
  const Outcome shown = drive({"registry", "show", "quick", "--registry", path, "--json"});
  EXPECT_EQ(nlohmann::json::parse(shown.out)["loads"], "dynamic") << shown.out;
  EXPECT_EQ(drive({"registry", "validate", "--registry", path}).status, 0);
  EXPECT_EQ(drive({"registry", "audit", "--registry", path}).status, 0);

  built.write("q.onnx", "");
  fs::copy_file(fp32, fs::path(path) / "quick.int8.onnx", fs::copy_options::overwrite_existing);
  const Outcome wrong = drive({"registry", "validate", "--registry", path});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.out.find("quick.int8.onnx: SHA-256"), std::string::npos) << wrong.out;
  EXPECT_EQ(drive({"registry", "show", "quick", "--registry", path}).status, 2);
  const Outcome drifted = drive({"registry", "audit", "--registry", path});
  EXPECT_EQ(drifted.status, 1);
  EXPECT_NE(drifted.out.find("1 drifted"), std::string::npos) << drifted.out;
  EXPECT_EQ(drive({"registry", "list", "--registry", "/nowhere"}).status, 2);
}

// A smoke run is judged on a smaller fixture, and measured again on that one; the recipe's license
// goes along.
TEST(RegistryVerbs, ASmokeRunIsAuditedOnItsOwnFixture) {
  const Folder folder;
  const std::string recipe =
      folder
          .write("tiny.yaml",
                 "name: tiny\nkind: classifier\nlicense: Apache-2.0\n"
                 "model: {architecture: digits_mlp, widths: [8]}\ndata: {set: digits}\n"
                 "calibration: {examples: 30}\ntrain: {epochs: 1}\nquantize: {mode: static}\n"
                 "budget: {drop: {static: 1.0}}\n"
                 "smoke: {epochs: 1, examples: 50, training: 1, calibration: 2}\n")
          .string();
  const std::string out = (folder.path() / "run").string();
  const std::string path = (folder.path() / "models").string();
  const Outcome run = drive({"model", "run", recipe, "--smoke", "--out", out});
  ASSERT_EQ(run.status, 0) << run.out;
  EXPECT_NE(run.out.find("tito registry add " + out), std::string::npos) << run.out;
  ASSERT_EQ(drive({"registry", "add", out, "--registry", path}).status, 0);
  const Outcome audited = drive({"registry", "audit", "--registry", path});
  EXPECT_EQ(audited.status, 0) << audited.out;
  EXPECT_NE(audited.out.find("0 drifted"), std::string::npos) << audited.out;
  EXPECT_NE(audited.out.find("drop"), std::string::npos) << audited.out;
  const Outcome shown = drive({"registry", "show", "tiny", "--registry", path});
  EXPECT_NE(shown.out.find("Apache-2.0"), std::string::npos) << shown.out;
}

TEST(RegistryVerbs, AWrongAdditionSaysWhatIsMissing) {
  const Folder folder;
  const std::string path = (folder.path() / "models").string();
  const std::string fp32 = folder.write("f.onnx", model_bytes().fp32).string();
  const auto said = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"registry", "add"});
    words.insert(words.end(), {"--registry", path});
    const Outcome wrong = drive(words);
    EXPECT_EQ(wrong.status, 2) << wrong.out;
    return wrong.out;
  };
  EXPECT_NE(said({folder.path().string()}).find("holds no result.json: no run was finished"),
            std::string::npos);
  EXPECT_NE(said({"nowhere"}).find("nowhere is no folder that a run made"), std::string::npos);
  EXPECT_NE(said({"x", "--kind", "fr", "--onnx", fp32, "--int8", fp32}).find("--int8 needs --mode"),
            std::string::npos);
}

TEST(Verbs, HelpSaysWhatAVerbDoesAndAnUnknownOneWhatThereIs) {
  const Outcome help = drive({"model", "bench", "-h"});
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.out.find("Time int8 beside float"), 0U) << help.out;
  EXPECT_NE(drive({"registry"}).out.find("models by id"), std::string::npos);
  const Outcome unknown = drive({"model", "frob"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.out.find("expected one of: new, import, train"), std::string::npos)
      << unknown.out;
}

}  // namespace
}  // namespace tinytorch::registry
