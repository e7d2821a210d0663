#include "tinytorch/core/aligned.h"

#include <sys/mman.h>

#include <new>

namespace tinytorch::detail {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Half a page and more is worth one.
bool is_large(std::size_t bytes) { return bytes >= kHugePage / 2; }

std::align_val_t alignment(std::size_t bytes) {
  return std::align_val_t{is_large(bytes) ? kHugePage : kCacheLine};
}

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  if (!is_large(bytes)) return ::operator new(bytes, alignment(bytes));
  // Whole pages, so that nothing else lies on them.
  const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  if (whole < bytes) throw std::bad_alloc();
  void* memory = ::operator new(whole, alignment(bytes));
#ifdef MADV_HUGEPAGE
  // Wishes; a system that does not grant them loses nothing but speed. The first is for memory not
  // yet touched. What the heap hands out again has small pages already: the second joins them.
  constexpr int kCollapse = 25;  // MADV_COLLAPSE, Linux 6.1; not in every C library's headers
  static_cast<void>(::madvise(memory, whole, MADV_HUGEPAGE));
  static_cast<void>(::madvise(memory, whole, kCollapse));
#endif
  return memory;
}

void free_aligned(void* memory, std::size_t bytes) noexcept {
  ::operator delete(memory, alignment(bytes));
}

}  // namespace tinytorch::detail
