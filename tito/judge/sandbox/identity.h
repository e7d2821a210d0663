#pragma once
// The users that boxes run as.

#include <cstdint>

namespace tito {

// Root drops to a user that owns nothing; everyone else stays who they are.
struct Identity {
  bool drop = false;
  std::uint32_t id = 0;
};

// Another one for each slot, so that boxes side by side cannot signal each other, and for each
// judge at work on this machine, since the kernel counts the processes of a user in all boxes
// together: the bombs in one judge would leave no room in the boxes of another. A slot keeps its
// identity until this process ends.
Identity identity_of_slot(int slot);

}  // namespace tito
