#pragma once
// A vector that starts on a cache line. Kernels read 64 bytes at a time; from an address that is
// not a multiple of 64 each read touches two lines, which costs up to a third of the speed where
// memory is the limit. Large ones start on a huge page (2 MiB) and ask the system for such pages:
// a table of weights then needs a handful of address translations instead of thousands.

#include <cstddef>
#include <vector>

namespace tinytorch {

inline constexpr std::size_t kCacheLine = 64;

namespace detail {
// Throws std::bad_alloc like operator new. The same `bytes` to both.
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory, std::size_t bytes) noexcept;
}  // namespace detail

template <typename T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <typename Other>
  AlignedAllocator(const AlignedAllocator<Other>& /*other*/) {}  // NOLINT: the standard's demand

  T* allocate(std::size_t count) {
    return static_cast<T*>(detail::allocate_aligned(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    detail::free_aligned(memory, count * sizeof(T));
  }
  bool operator==(const AlignedAllocator& /*other*/) const = default;
};

// data() is a multiple of 64; otherwise a std::vector.
template <typename T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace tinytorch
