#pragma once
// What is still to come. Written in the later module (later.cpp).

namespace tinytorch::sorting {

// Days until it happens.
int later();

}  // namespace tinytorch::sorting
