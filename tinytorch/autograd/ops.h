#pragma once
// All differentiable operations, and the walk back through them.

#include "tinytorch/autograd/activation.h"
#include "tinytorch/autograd/arithmetic.h"
#include "tinytorch/autograd/convolution.h"
#include "tinytorch/autograd/math.h"
#include "tinytorch/autograd/matmul.h"
#include "tinytorch/autograd/node.h"
#include "tinytorch/autograd/normalization.h"
#include "tinytorch/autograd/pooling.h"
#include "tinytorch/autograd/reduction.h"
#include "tinytorch/autograd/shaping.h"
