#pragma once
// What is still to come. Written in module 03 (later.cpp).

namespace tinytorch::sorting {

// Days until it happens.
int later();

}  // namespace tinytorch::sorting
