#pragma once
// The first of four. You write this part: first.cpp (pieces module).

namespace tinytorch::pieces {

// 1.
int first();

}  // namespace tinytorch::pieces
