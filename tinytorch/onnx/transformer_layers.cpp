// Token vectors, attention, and the stack that a Gpt is. Batches of any size, texts of any length
// up to the context: sizes are read while the model runs.
#include <cmath>
#include <limits>

#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/core/error.h"
#include "tinytorch/onnx/module_nodes.h"
#include "tinytorch/transformer/gpt.h"

namespace tinytorch::onnx {
namespace {

using Path = std::string;
using Sizes = std::vector<std::int64_t>;

// Rows 0 to n - 1 of `table`, of whatever `dimensions` of it, n being the number of tokens.
std::string first_rows(ModuleNodes& nodes, const std::string& table, const std::string& tokens,
                       const Sizes& dimensions, const Path& path) {
  const Sizes zeros(dimensions.size(), 0);
  std::string ends = tokens;
  if (dimensions.size() == 2) {
    ends =
        nodes.node("Concat", {tokens, tokens}, path + ".ends", 1, {{"axis", std::int64_t{0}}}).name;
  }
  return nodes
      .node("Slice",
            {table, nodes.constant(path + ".starts", zeros), ends,
             nodes.constant(path + ".dimensions", dimensions)},
            path, 2)
      .name;
}

// [1], the number of tokens of `x` [B, T] or [B, T, E].
std::string token_count(ModuleNodes& nodes, const std::string& x, const Path& path) {
  return nodes
      .node("Shape", {x}, path + ".tokens", 1,
            {{"start", std::int64_t{1}}, {"end", std::int64_t{2}}})
      .name;
}

GraphValue embedding(ModuleNodes& nodes, const nn::Embedding& layer, const GraphValue& in,
                     const Path& path) {
  return nodes.node("Gather", {nodes.constant(path + ".weight", layer.weight()), in.name}, path,
                    in.rank + 1);
}

// One third of the projection, cut into heads: [B, heads, T, E/heads], or for the keys
// [B, heads, E/heads, T], ready to be multiplied.
std::string heads_of(ModuleNodes& nodes, const nn::MultiheadAttention& layer,
                     const std::string& third, bool keys) {
  const Path& path = third;
  const std::string shape =
      nodes.constant(path + ".heads_shape", Sizes{0, 0, layer.num_heads(), layer.head_dim()});
  const std::string cut = nodes.node("Reshape", {third, shape}, path + ".cut", 4).name;
  const Sizes order = keys ? Sizes{0, 2, 3, 1} : Sizes{0, 2, 1, 3};
  return nodes.node("Transpose", {cut}, path + ".heads", 4, {{"perm", order}}).name;
}

// 0 where a query may look, a number so low that its exponential is 0 elsewhere. Not -inf, which
// some runtimes turn into NaN.
Tensor mask_of(std::int64_t context) {
  Tensor mask = ops::causal_mask(context, context);
  for (float& value : mask.data()) value = std::max(value, -1e30f);
  return mask;
}

GraphValue attention(ModuleNodes& nodes, const nn::MultiheadAttention& layer, const GraphValue& in,
                     const Path& path) {
  const GraphValue projected = nodes.add(layer.in_proj(), in, path + ".in_proj");
  std::vector<std::string> thirds;
  for (const char* name : {".query", ".key", ".value"}) thirds.push_back(identifier(path + name));
  nodes.model().add_node("Split", {projected.name}, thirds, {{"axis", std::int64_t{2}}});
  const std::string query = heads_of(nodes, layer, thirds[0], false);
  const std::string keys = heads_of(nodes, layer, thirds[1], true);
  const std::string values = heads_of(nodes, layer, thirds[2], false);
  const auto step = [&](const char* op, const std::vector<std::string>& inputs, const char* name,
                        const std::vector<Attribute>& attributes = {}) {
    return nodes.node(op, inputs, path + name, 4, attributes).name;
  };
  const float scale = 1.0f / std::sqrt(static_cast<float>(layer.head_dim()));
  std::string scores = step(
      "Mul", {step("MatMul", {query, keys}, ".products"), nodes.constant(path + ".scale", scale)},
      ".scores");
  if (layer.is_causal()) {
    const std::string tokens = token_count(nodes, in.name, path);
    const std::string mask = first_rows(nodes, nodes.causal_mask(), tokens, {0, 1}, path + ".mask");
    scores = step("Add", {scores, mask}, ".masked");
  }
  const std::string weights = step("Softmax", {scores}, ".weights", {{"axis", std::int64_t{-1}}});
  const std::string mixed = step("MatMul", {weights, values}, ".mixed");
  const std::string beside = step("Transpose", {mixed}, ".beside", {{"perm", Sizes{0, 2, 1, 3}}});
  const GraphValue merged = nodes.node(
      "Reshape", {beside, nodes.constant(path + ".width", Sizes{0, 0, layer.embed_dim()})},
      path + ".merged", 3);
  return nodes.add(layer.out_proj(), merged, path + ".out_proj");
}

const nn::Module& child_of(const nn::Module& module, const std::string& name) {
  for (const auto& [own, child] : module.children()) {
    if (own == name) return *child;
  }
  throw Error(concat("onnx: ", module.describe(), " has no child ", name));
}

GraphValue block(ModuleNodes& nodes, const nn::TransformerBlock& layer, const GraphValue& in,
                 const Path& path) {
  const auto child = [&](const char* name, const GraphValue& value) {
    return nodes.add(child_of(layer, name), value, path + "." + name);
  };
  const GraphValue told = nodes.node("Add", {in.name, child("self_attn", child("norm1", in)).name},
                                     path + ".told", in.rank);
  const GraphValue hidden = child("linear1", child("norm2", told));
  const GraphValue bent = add_gelu(nodes, ops::Gelu::kExact, hidden, path + ".gelu");
  return nodes.node("Add", {told.name, child("linear2", bent).name}, path, in.rank);
}

// The vectors of all positions that the model knows; sine waves, which know no last one, up to the
// context.
std::string position_table(ModuleNodes& nodes, const nn::Gpt& gpt, const Path& path) {
  const nn::GptConfig& config = gpt.config();
  if (config.positions == nn::Positions::kLearned) {
    const auto& learned =
        dynamic_cast<const nn::LearnedPositions&>(child_of(gpt, "position_embedding"));
    return nodes.constant(path + ".position_embedding.weight", learned.weight());
  }
  const Tensor waves = nn::sinusoidal_encoding(0, config.context_length, config.embed_dim);
  return nodes.constant(path + ".positions_table", ops::mul(waves, 0.02f));
}

GraphValue gpt(ModuleNodes& nodes, const nn::Gpt& model, const GraphValue& in, const Path& path) {
  const std::int64_t context = model.config().context_length;
  nodes.set_causal_mask(nodes.constant(path + ".mask", mask_of(context)));
  const GraphValue tokens =
      nodes.add(child_of(model, "token_embedding"), in, path + ".token_embedding");
  const std::string places =
      first_rows(nodes, position_table(nodes, model, path), token_count(nodes, in.name, path), {0},
                 path + ".positions");
  GraphValue x = nodes.node("Add", {tokens.name, places}, path + ".embedded", 3);
  for (std::size_t i = 0; i < model.blocks().size(); ++i) {
    x = nodes.add(*model.blocks()[i], x, concat(path, ".blocks.", i));
  }
  x = nodes.add(child_of(model, "norm"), x, path + ".norm");
  return nodes.add(child_of(model, "head"), x, path + ".head");
}

}  // namespace

std::vector<AddLayer> transformer_layers() {
  return {add_layer<nn::Embedding>(embedding), add_layer<nn::MultiheadAttention>(attention),
          add_layer<nn::TransformerBlock>(block), add_layer<nn::Gpt>(gpt)};
}

}  // namespace tinytorch::onnx
