#pragma once
// The window of a Conv or a pooling operator, as ONNX says it. Internal to the import.

#include "tinytorch/onnx/import/detail/source_graph.h"

namespace tinytorch::onnx {

struct ImageWindow {
  // {height, width}.
  Sizes kernel;
  Sizes stride;
  Sizes dilation;
  Sizes before{0, 0};  // padding: top, left
  Sizes after{0, 0};   // bottom, right
};

// Of a node whose input is `shape`, [N, C, H, W] or [N, C, L], which has height 1. auto_pad becomes
// the padding it stands for, and so does ceil_mode. Throws Error, without the node's name, on sizes
// that are not positive or too large, and where the window does not fit.
ImageWindow window_of(const SourceNode& node, const Sizes& shape, const Sizes& kernel);

// The result's {height, width}.
Sizes window_places(const ImageWindow& window, const Sizes& shape);

}  // namespace tinytorch::onnx
