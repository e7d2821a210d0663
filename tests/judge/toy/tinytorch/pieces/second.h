#pragma once
// The second of four. You write this part: second.cpp (pieces module).

namespace tinytorch::pieces {

// 2.
int second();

}  // namespace tinytorch::pieces
