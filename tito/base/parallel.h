#pragma once
// The same work for many items, on a few threads.

#include <cstddef>
#include <functional>

namespace tito {

// Cores this process may use; at least 1.
std::size_t worker_count();
// Calls work(0) … work(count - 1), each once, in order of start, on `threads` threads
// (0: worker_count()). After
// the first exception no new item is started; that exception is thrown when all have returned.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work,
                  std::size_t threads = 0);

}  // namespace tito
