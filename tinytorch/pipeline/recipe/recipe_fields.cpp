// Every key of a recipe: its name, what it means, what it may be.

#include "tinytorch/pipeline/recipe/fields.h"

namespace tinytorch::pipeline {
namespace {

void describe_layers(Fields& fields, const About& about, std::vector<LayerSpec>& layers);

void describe_layer(Fields& f, LayerSpec& layer) {
  f.choice({"kind", "What the layer computes", true}, layer.kind, kLayerKindNames);
  f.text({"name", "What reports call it"}, layer.name, {64, "^[A-Za-z_][A-Za-z0-9_]*$"});
  f.integer({"in", "Features or channels that come in"}, layer.in, {0});
  f.integer({"out", "Features or channels that go out"}, layer.out, {0});
  f.integer({"kernel", "Side of the window"}, layer.kernel, {1, 1024});
  f.integer({"stride", "Step of the window; of a pool 0 is as much as the kernel"}, layer.stride,
            {0, 1024});
  f.integer({"padding", "Zeros around the image"}, layer.padding, {0, 1024});
  f.integer({"groups", "Groups of channels; as many as come in makes it depthwise"}, layer.groups,
            {1});
  f.flag({"bias", "Whether something is added to each output"}, layer.bias);
  f.real({"drop", "Share of the values that a dropout drops"}, layer.drop, {0.0, 0.99});
  describe_layers(f, {"body", "Of a residual: the layers that the input is added to"}, layer.body);
  describe_layers(f, {"shortcut", "Of a residual: what the input goes through; nothing as it is"},
                  layer.shortcut);
}

void describe_layers(Fields& fields, const About& about, std::vector<LayerSpec>& layers) {
  fields.list(
      about, "layer", [&](std::size_t count) { layers.resize(count); },
      [&](Fields& f, std::size_t i) { describe_layer(f, layers[i]); });
}

void describe_model(Fields& f, ModelSpec& model) {
  f.choice({"architecture", "A network by its name; none: it is in `layers`"}, model.architecture,
           kArchitectureNames);
  f.integers({"widths", "Its widths, where they are not its own"}, model.widths, {1, 1 << 16});
  describe_layers(f, {"layers", "A network layer by layer, instead of an architecture"},
                  model.layers);
  f.text({"file", "A network as `tito model import` writes it, instead of an architecture"},
         model.file, {4096});
  f.text({"weights", "A safetensors file to start from; none: drawn by the seed"}, model.weights,
         {4096});
  f.list(
      {"keys", "What the tensors of that file are called here; the first rule that fits"}, nullptr,
      [&](std::size_t count) { model.keys.resize(count); },
      [&](Fields& each, std::size_t i) {
        each.text({"from", "A key of the file, where one * stands for any text", true},
                  model.keys[i].from, {256});
        each.text({"to", "The key here, where * stands for the same text; \"\": left out", true},
                  model.keys[i].to, {256});
      });
}

void describe_data(Fields& f, DataSpec& data) {
  f.choice({"set", "Which data set", true}, data.set, kDataSetNames);
  f.text({"file", "Of set file: inputs without targets, .npy or .safetensors"}, data.file, {4096});
  f.choice({"task", "Of photos: give back the original, or say how good the copy is"}, data.task,
           kPhotoTaskNames);
  f.integer({"examples", "Examples to train on at most; 0: the set's own number"}, data.examples,
            {0});
  f.integer({"fixture", "Held-out examples at most; 0: the set's own number"}, data.fixture, {0});
  f.integer({"size", "Side of a patch, or tokens of a text; 0: the set's own"}, data.size,
            {0, 1024});
  f.real({"holdout", "Share of the groups (photographs, clips, chapters) that is held out"},
         data.holdout, {0.01, 0.9});
  f.integer({"folds", "Above 0: split the groups into so many parts instead"}, data.folds,
            {0, 1000});
  f.integer({"fold", "Which of the parts is held out, from 0"}, data.fold, {0, 999});
  f.flag(
      {"cross_validate",
       "Judge every group once: a model for each fold, trained on the others; data.fold's ships"},
      data.cross_validate);
  f.indices({"augment", "What is done at random to each example in training"}, data.augment,
            kAugmentationNames);
}

void describe_train(Fields& f, TrainSpec& train) {
  f.integer({"epochs", "Passes through the training set"}, train.epochs, {1, 100'000});
  f.integer({"batch_size", "Examples of one step"}, train.batch_size, {1, 1 << 20});
  f.choice({"optimizer", "What moves the weights"}, train.optimizer, kOptimizerNames);
  f.real({"learning_rate", "Of the first epoch"}, train.learning_rate, {1e-9, 100.0});
  f.real({"weight_decay", "How strongly weights are drawn to 0"}, train.weight_decay, {0.0, 10.0});
  f.choice({"schedule", "How the learning rate goes on"}, train.schedule, kScheduleNames);
  f.choice({"loss", "What is minimized"}, train.loss, kLossNames);
  f.real({"clip_norm", "Largest norm of all gradients; 0: any"}, train.clip_norm, {0.0, 1e9});
}

void describe_calibration(Fields& f, CalibrationSpec& calibration) {
  f.integer({"examples", "Training examples that are shown to the observers"}, calibration.examples,
            {1, 1 << 20});
  f.choice({"observer", "How a range is chosen from what was seen"}, calibration.observer,
           kObserverNames);
}

void describe_quantize(Fields& f, QuantizeSpec& quantize) {
  f.choice({"mode", "auto tries dynamic, static, repaired static and qat until one passes"},
           quantize.mode, kModeNames);
  f.flag({"measure_all", "Measure every form, also those that do not ship"}, quantize.measure_all);
  f.integer({"weight_bits", "Bits of a weight"}, quantize.weight_bits, {2, 8});
  f.integer({"activation_bits", "Bits of an activation; the export wants 8"},
            quantize.activation_bits, {2, 8});
  f.choice({"granularity", "One scale for each output channel, or one for a layer's weights"},
           quantize.granularity, kGranularityNames);
  f.choice({"activations", "Affine: with a zero-point; symmetric: the range is as wide below 0"},
           quantize.activations, kSymmetryNames);
  f.choice({"dialect", "Whose rounding: ONNX Runtime's or TensorFlow Lite's"}, quantize.dialect,
           kDialectNames);
  f.list(
      {"bits", "Bits of single layers, by a pattern of their paths"}, nullptr,
      [&](std::size_t count) { quantize.bits.resize(count); },
      [&](Fields& each, std::size_t i) {
        each.text({"layers", "A path, where * stands for any text: \"3.*\"", true},
                  quantize.bits[i].layers, {256});
        each.integer({"bits", "Bits of their weights", true}, quantize.bits[i].bits, {2, 8});
      });
  f.texts({"exclude", "Patterns of layers that stay in float"}, quantize.exclude);
  quantize.sensitivity.given = f.section(
      {"sensitivity", "Measure what each layer costs at each width, and give out bits by a budget"},
      [&](Fields& inner) {
        inner.integers({"widths", "Widths to try, descending"}, quantize.sensitivity.widths,
                       {2, 8});
        inner.real({"bits_per_weight", "The budget, on average over all weights"},
                   quantize.sensitivity.bits_per_weight, {2.0, 8.0});
      });
}

void describe_qat(Fields& f, QatSpec& qat) {
  f.integer({"epochs", "Passes through the training set"}, qat.epochs, {1, 100'000});
  f.real({"learning_rate_factor", "Of train.learning_rate"}, qat.learning_rate_factor,
         {1e-6, 10.0});
  f.integer({"quantize_from", "The first epoch in integers; observers watch from the first"},
            qat.quantize_from, {1, 100'000});
  f.integer({"freeze_observers_from", "The epoch from which ranges stand still; 0: never"},
            qat.freeze_observers_from, {0, 100'000});
  f.integer({"freeze_batch_norm_from", "The same of batch norm's statistics; 0: never"},
            qat.freeze_batch_norm_from, {0, 100'000});
  f.choice({"quantizer", "Straight-through estimate, or learned step sizes"}, qat.quantizer,
           kQuantizerNames);
  f.choice({"clip_gradient", "Whether clipped values pass their gradient"}, qat.clip_gradient,
           kClipGradientNames);
}

void describe_budget(Fields& f, BudgetSpec& budget) {
  f.choice({"metric", "What is compared with the float model"}, budget.metric, kMetricNames);
  f.section({"drop", "The most that a form may lose in that metric"}, [&](Fields& inner) {
    inner.real({"dynamic", "Of dynamic"}, budget.drop_dynamic, {0.0, 1000.0});
    inner.real({"static", "Of static and repaired static"}, budget.drop_static, {0.0, 1000.0});
    inner.real({"qat", "Of qat"}, budget.drop_qat, {0.0, 1000.0});
  });
  f.integer({"bytes", "Of the int8 file at most; 0: no limit"}, budget.bytes, {0});
  f.real({"latency_ratio", "Time of int8 in units of float's, at most; 0: it is not judged"},
         budget.latency_ratio, {0.0, 1000.0});
}

void describe_seeds(Fields& f, SeedSpec& seeds) {
  f.integer({"first", "The seed of the model that is shipped"}, seeds.first, {0});
  f.integer({"training", "How many seeds are trained; the gate wants 5"}, seeds.training,
            {1, 1000});
  f.integer({"calibration", "How many calibration sets are drawn; the gate wants 20"},
            seeds.calibration, {1, 10'000});
}

void describe_smoke(Fields& f, SmokeSpec& smoke) {
  f.integer({"epochs", "train.epochs"}, smoke.epochs, {1, 100'000});
  f.integer({"qat_epochs", "qat.epochs"}, smoke.qat_epochs, {1, 100'000});
  f.integer({"examples", "data.examples"}, smoke.examples, {1});
  f.integer({"training", "seeds.training"}, smoke.training, {1, 1000});
  f.integer({"calibration", "seeds.calibration"}, smoke.calibration, {1, 10'000});
}

}  // namespace

void describe_recipe(Fields& f, Recipe& recipe) {
  f.text({"name", "The model's id: of its files, and in the registry", true}, recipe.name,
         {64, "^[a-z0-9][a-z0-9_-]*$"});
  f.choice({"kind",
            "Full-reference metric, no-reference metric, filter, classifier or language "
            "model",
            true},
           recipe.kind, kKindNames);
  f.text({"description", "One line for the registry"}, recipe.description, {256});
  f.text({"notes", "What a user should know"}, recipe.notes, {512});
  f.text({"license", "Of the model"}, recipe.license, {256});
  f.text({"license_url", "Where its text stands"}, recipe.license_url, {256});
  f.section({"model", "The network", true}, [&](Fields& i) { describe_model(i, recipe.model); });
  f.section({"data", "What it learns from, and is judged by", true},
            [&](Fields& i) { describe_data(i, recipe.data); });
  f.section({"train", "Training in float"}, [&](Fields& i) { describe_train(i, recipe.train); });
  f.section({"calibration", "What static quantization looks at"},
            [&](Fields& i) { describe_calibration(i, recipe.calibration); });
  f.section({"quantize", "How the network becomes integers"},
            [&](Fields& i) { describe_quantize(i, recipe.quantize); });
  f.section({"qat", "Training of the integers"}, [&](Fields& i) { describe_qat(i, recipe.qat); });
  f.section({"budget", "What the gate asks for"},
            [&](Fields& i) { describe_budget(i, recipe.budget); });
  f.section({"seeds", "How often chance is asked again"},
            [&](Fields& i) { describe_seeds(i, recipe.seeds); });
  f.section({"smoke", "What --smoke takes instead, for CI"},
            [&](Fields& i) { describe_smoke(i, recipe.smoke); });
}

}  // namespace tinytorch::pipeline
