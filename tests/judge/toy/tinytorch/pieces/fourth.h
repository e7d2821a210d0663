#pragma once
// The fourth of four. You write this part: fourth.cpp (pieces module).

namespace tinytorch::pieces {

// 4.
int fourth();

}  // namespace tinytorch::pieces
