#pragma once
// The parts of a recipe that describe a model and its data, and every choice between named things.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::pipeline {

// Each choice, and its names in a recipe in the same order.
enum class Kind { kFr, kNr, kFilter, kClassifier, kLm };
inline constexpr std::array kKindNames = {"fr", "nr", "filter", "classifier", "lm"};

enum class Mode { kDynamic, kStatic, kQat, kAuto };
inline constexpr std::array kModeNames = {"dynamic", "static", "qat", "auto"};

// What a model can be deployed as, in the order in which `auto` tries them.
enum class Form { kFp32, kDynamic, kStatic, kRepaired, kQat };
inline constexpr std::array kFormNames = {"fp32", "dynamic", "static", "repaired", "qat"};
constexpr const char* name_of(Form form) { return kFormNames[static_cast<std::size_t>(form)]; }

enum class Optimizer { kAdamW, kAdam, kSgd };
inline constexpr std::array kOptimizerNames = {"adamw", "adam", "sgd"};

enum class Schedule { kConstant, kCosine };
inline constexpr std::array kScheduleNames = {"constant", "cosine"};

enum class Loss { kCrossEntropy, kMse, kL1 };
inline constexpr std::array kLossNames = {"cross_entropy", "mse", "l1"};

enum class Observer { kMinMax, kMovingAverage, kPercentile, kHistogram, kEntropy };
inline constexpr std::array kObserverNames = {"min_max", "moving_average", "percentile",
                                              "histogram", "entropy"};

enum class Granularity { kPerChannel, kPerTensor };
inline constexpr std::array kGranularityNames = {"per_channel", "per_tensor"};

enum class Symmetry { kAffine, kSymmetric };
inline constexpr std::array kSymmetryNames = {"affine", "symmetric"};

enum class Dialect { kOrt, kTflite };
inline constexpr std::array kDialectNames = {"ort", "tflite"};

enum class Quantizer { kSte, kLsq };
inline constexpr std::array kQuantizerNames = {"ste", "lsq"};

enum class ClipGradient { kBlocked, kPassed };
inline constexpr std::array kClipGradientNames = {"blocked", "passed"};

enum class MetricName { kPlcc, kTop1, kBpb, kRmse, kSqnr, kCosine, kAgreement };
inline constexpr std::array kMetricNames = {"plcc", "top1",   "bpb",      "rmse",
                                            "sqnr", "cosine", "agreement"};

enum class LayerKind {
  kLinear,
  kConv2d,
  kBatchNorm2d,
  kRelu,
  kRelu6,
  kGelu,
  kSigmoid,
  kTanh,
  kDropout,
  kFlatten,
  kMaxPool2d,
  kAvgPool2d,
  kGlobalAvgPool,
  kResidual
};
inline constexpr std::array kLayerKindNames = {
    "linear",          "conv2d",  "batch_norm2d", "relu",    "relu6",      "gelu",
    "sigmoid",         "tanh",    "dropout",      "flatten", "max_pool2d", "avg_pool2d",
    "global_avg_pool", "residual"};

struct LayerSpec {
  LayerKind kind = LayerKind::kLinear;
  std::string
      name{};  // for messages and reports; paths count positions, as in PyTorch's Sequential
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t groups = 1;
  bool bias = true;
  double drop = 0.5;
  std::vector<LayerSpec> body{};
  std::vector<LayerSpec> shortcut{};
};

enum class Architecture {
  kNone,
  kLearnedFilter,
  kNrMetric,
  kVmafTiny,
  kDigitsMlp,
  kDigitsCnn,
  kFashionCnn,
  kMobyGpt
};
inline constexpr std::array kArchitectureNames = {"none",        "learned_filter", "nr_metric",
                                                  "vmaf_tiny",   "digits_mlp",     "digits_cnn",
                                                  "fashion_cnn", "moby_gpt"};

// A key of a weights' file and what the model calls it; one '*' in both stands for the same text.
// An empty `to` leaves the tensor out.
struct KeyRule {
  std::string from{};
  std::string to{};
};

struct ModelSpec {
  Architecture architecture = Architecture::kNone;
  std::vector<std::int64_t> widths{};  // of the architecture; empty: its own
  std::vector<LayerSpec> layers{};     // instead of an architecture
  std::string file{};                  // the same: a network as `tito model import` writes it
  std::string weights{};               // a safetensors file to start from; none: drawn by the seed
  std::vector<KeyRule> keys{};         // how its tensors are called here; the first that fits
};

enum class DataSetName { kDigits, kFashionMnist, kPhotos, kTinyVmaf, kMobyDick, kFile };
inline constexpr std::array kDataSetNames = {"digits",    "fashion_mnist", "photos",
                                             "tiny_vmaf", "moby_dick",     "file"};

enum class PhotoTask { kRestore, kQuality };
inline constexpr std::array kPhotoTaskNames = {"restore", "quality"};

enum class Augmentation { kShift, kFlip, kRotate, kNoise };
inline constexpr std::array kAugmentationNames = {"shift", "flip", "rotate", "noise"};

struct DataSpec {
  DataSetName set = DataSetName::kDigits;
  std::string file{};  // of set `file`: inputs, .npy or .safetensors, without targets
  PhotoTask task = PhotoTask::kRestore;
  std::int64_t examples = 0;    // of the training set, at most; 0: all, or the set's own number
  std::int64_t fixture = 0;     // the same of the held-out part
  std::int64_t size = 0;        // side of a patch, or tokens of a text; 0: the set's own
  double holdout = 0.2;         // share of the groups that is held out
  std::int64_t folds = 0;       // above 0: one of so many parts instead
  std::int64_t fold = 0;        // which of them is held out
  bool cross_validate = false;  // judged on all of them, each by a model trained on the others
  std::vector<std::size_t> augment{};  // indices into kAugmentationNames
};

}  // namespace tinytorch::pipeline
