#pragma once
// Memory that was freed stays with the process: the next training step asks for the same sizes
// again, and fresh pages from the system cost more than many an operation on them.

namespace tinytorch {

// Tells the C library so, where it can be told (glibc). The process then keeps what it needed at
// its peak. Returns true.
bool keep_freed_memory();

// Once, before the first tensor.
inline const bool freed_memory_is_kept = keep_freed_memory();

}  // namespace tinytorch
