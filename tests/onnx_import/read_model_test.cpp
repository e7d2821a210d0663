// Files that are malformed, too large or that want to read other files.
#include "tinytorch/onnx/import/read_model.h"

#include <filesystem>
#include <fstream>

#include "tests/onnx_import/imported.h"
#include "tinytorch/data/path_jail.h"
#include "tinytorch/onnx/model_builder.h"

namespace tinytorch::import_tests {
namespace {

namespace fs = std::filesystem;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string read_error(const RawModel& model, const fs::path& folder = "") {
  return error_of([&] { tinytorch::onnx::read_model(model.bytes(), folder); });
}

RawModel small_network() {
  RawModel model;
  model.input({2, 3}).output(2).weight("w", {3, 4});
  model.node("MatMul", {"x", "w"}, "m");
  model.node("Relu", {"m"}, "y");
  return model;
}

TEST(ReadModel, EveryPrefixAndEveryFlippedByteIsAnErrorOrAModel) {
  RawModel model = small_network();
  model.constant("two", {2}, Sizes{1, 2});
  set(model.node("Conv", {"y", "w"}, "c"), "pads", Sizes{1, 1, 1, 1});
  const std::string bytes = model.bytes();
  const auto try_it = [](const std::string& text) {
    return error_of([&] { tinytorch::onnx::import_onnx_bytes(text, "", {}); });
  };
  for (std::size_t length = 0; length < bytes.size(); ++length) try_it(bytes.substr(0, length));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {1, 16, 128}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      try_it(changed);
    }
  }
}

TEST(ReadModel, OfManyTinyMessagesIsRefusedBeforeItIsParsed) {
  // A graph of empty nodes: two bytes each in the file, hundreds in memory.
  std::string nodes;
  for (int i = 0; i < 1'100'000; ++i) nodes += std::string("\x0a\x00", 2);
  std::string bytes = "\x3a";  // field 7: the graph
  for (std::size_t size = nodes.size(); size > 0; size >>= 7) {
    bytes += static_cast<char>((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
  }
  bytes += nodes;
  EXPECT_EQ(error_of([&] { tinytorch::onnx::read_model(bytes, ""); }),
            "more than 1000000 nodes, tensors, attributes and names");
}

TEST(ReadModel, NamesWhatIsWrong) {
  RawModel opset(8);
  EXPECT_NE(read_error(opset).find("operator set 8; 9 to 17 can be imported"), std::string::npos);
  RawModel order;
  order.input({2, 3}).output(2);
  order.node("Relu", {"z"}, "y");
  EXPECT_EQ(read_error(order), "node Relu_0 (Relu): reads z, which nothing before it computes");
  RawModel twice = small_network();
  twice.node("Relu", {"m"}, "y");
  EXPECT_EQ(read_error(twice), "node Relu_2 (Relu): defines y again");
  RawModel size = small_network();
  size.graph().mutable_initializer(0)->set_dims(0, 5);
  EXPECT_EQ(read_error(size), "tensor w: 48 bytes of values; its shape needs 80");
  RawModel negative = small_network();
  negative.graph().mutable_initializer(0)->set_dims(0, -5);
  EXPECT_EQ(read_error(negative), "tensor w: a size of its shape is -5");
  RawModel huge = small_network();
  huge.graph().mutable_initializer(0)->set_dims(0, std::int64_t{1} << 60);
  EXPECT_NE(read_error(huge).find("tensor w: its shape has more than"), std::string::npos);
  RawModel type = small_network();
  type.graph().mutable_initializer(0)->set_data_type(pb::TensorProto::STRING);
  EXPECT_NE(read_error(type).find("tensor w: element type STRING"), std::string::npos);
  RawModel domain = small_network();
  domain.graph().mutable_node(0)->set_domain("com.microsoft");
  EXPECT_NE(read_error(domain).find("node MatMul_0 (MatMul): an operator of the domain com."),
            std::string::npos);
}

TEST(ReadModel, EveryTypeOfConstant) {
  RawModel model = small_network();
  pb::TensorProto& doubles = *model.graph().add_initializer();
  doubles.set_name("doubles");
  doubles.set_data_type(pb::TensorProto::DOUBLE);
  doubles.add_dims(2);
  doubles.add_double_data(1.5);
  doubles.add_double_data(-2.0);
  pb::TensorProto& halves = *model.graph().add_initializer();
  halves.set_name("halves");
  halves.set_data_type(pb::TensorProto::FLOAT16);
  halves.add_dims(1);
  halves.add_int32_data(0x3c00);
  const auto graph = tinytorch::onnx::read_model(model.bytes(), "");
  EXPECT_EQ(graph.constants.at("doubles").floats(), (Floats{1.5f, -2.0f}));
  EXPECT_EQ(graph.constants.at("halves").floats(), Floats{1.0f});
}

// --- external data ---

class ExternalData : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / "external_data_test";
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "model");
    write(folder_ / "model/w.bin", std::string(16, 'x') + std::string(48, '\0'));
    write(folder_ / "outside.bin", std::string(64, '\0'));
  }
  void TearDown() override { fs::remove_all(folder_); }

  static void write(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
  }

  // w of small_network() in that file.
  std::string error(const std::string& location, const std::string& offset = "16",
                    const std::string& length = "48") {
    RawModel model = small_network();
    pb::TensorProto& tensor = *model.graph().mutable_initializer(0);
    tensor.clear_raw_data();
    tensor.set_data_location(pb::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, const std::string& value) {
      auto& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    };
    add("location", location);
    if (!offset.empty()) add("offset", offset);
    if (!length.empty()) add("length", length);
    return read_error(model, folder_ / "model");
  }

  fs::path folder_;
};

TEST_F(ExternalData, InTheModelsFolderAreRead) {
  EXPECT_EQ(error("w.bin"), "");
  EXPECT_EQ(error("w.bin", "0", ""), "");
  EXPECT_EQ(error("./w.bin"), "");
}

TEST_F(ExternalData, OutsideAreRefused) {
  EXPECT_NE(error("../outside.bin").find("holds \"..\""), std::string::npos);
  EXPECT_NE(error("../model/w.bin").find("holds \"..\""), std::string::npos);
  EXPECT_NE(error((folder_ / "model/w.bin").string()).find("is absolute"), std::string::npos);
  EXPECT_NE(error("").find("the path is empty"), std::string::npos);
  fs::create_symlink(folder_ / "outside.bin", folder_ / "model/link.bin");
  EXPECT_NE(error("link.bin").find("leads out of"), std::string::npos);
  fs::create_directory_symlink(folder_, folder_ / "model/up");
  EXPECT_NE(error("up/outside.bin").find("leads out of"), std::string::npos);
  fs::create_symlink("w.bin", folder_ / "model/inside.bin");
  EXPECT_EQ(error("inside.bin"), "");
}

TEST_F(ExternalData, ThatAreNotThereOrTooShortAreNamed) {
  EXPECT_NE(error("other.bin").find("no file other.bin"), std::string::npos);
  EXPECT_NE(error("w.bin", "32").find("bytes 32 to 80 of w.bin, which has 64"), std::string::npos);
  EXPECT_NE(error("w.bin", "18446744073709551615").find("external data"), std::string::npos);
  EXPECT_NE(error("w.bin", "-1").find("offset is \"-1\""), std::string::npos);
  EXPECT_NE(error("w.bin", "0", "12").find("12 bytes; the shape needs 48"), std::string::npos);
  fs::create_directory(folder_ / "model/folder");
  EXPECT_NE(error("folder").find("not a regular file"), std::string::npos);
}

TEST_F(ExternalData, WrittenByTheExportAreReadAgain) {
  tinytorch::onnx::ModelBuilder builder("large");
  builder.add_input("x", tinytorch::onnx::ElementType::kFloat, {2, 40});
  builder.add_output("y", tinytorch::onnx::ElementType::kFloat, {2, 30});
  Rng rng(5);
  const Tensor weight = Tensor::randn({40, 30}, rng);
  builder.add_initializer("w", {40, 30}, weight.data());
  builder.add_initializer("small", {30}, Tensor::randn({30}, rng).data());
  builder.add_node("MatMul", {"x", "w"}, {"m"});
  builder.add_node("Add", {"m", "small"}, {"y"});
  const fs::path file = folder_ / "model/large.onnx";
  builder.save_with_external_data(file);
  EXPECT_EQ(fs::file_size(folder_ / "model/large.onnx.data"), 40u * 30 * 4);
  EXPECT_LT(fs::file_size(file), 1024u);
  EXPECT_EQ(tinytorch::onnx::read_model(file).constants.at("w").floats(),
            Floats(weight.data().begin(), weight.data().end()));
  tinytorch::onnx::ImportOptions options;
  options.runtime = onnxruntime();
  EXPECT_LE(tinytorch::onnx::import_onnx(file, options).worst_difference, 1e-5);
}

TEST_F(ExternalData, AreComparedWithTheRuntimeToo) {
  RawModel model = small_network();
  pb::TensorProto& tensor = *model.graph().mutable_initializer(0);
  const std::string values = tensor.raw_data();
  write(folder_ / "model/real.bin", values);
  tensor.clear_raw_data();
  tensor.set_data_location(pb::TensorProto::EXTERNAL);
  auto& entry = *tensor.add_external_data();
  entry.set_key("location");
  entry.set_value("real.bin");
  tinytorch::onnx::ImportOptions options;
  options.runtime = onnxruntime();
  write(folder_ / "model/m.onnx", model.bytes());
  EXPECT_LE(tinytorch::onnx::import_onnx(folder_ / "model/m.onnx", options).worst_difference, 1e-5);
}

}  // namespace
}  // namespace tinytorch::import_tests
