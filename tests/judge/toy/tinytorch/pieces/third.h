#pragma once
// The third of four. You write this part: third.cpp (pieces module).

namespace tinytorch::pieces {

// 3.
int third();

}  // namespace tinytorch::pieces
