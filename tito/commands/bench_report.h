#pragma once
// What `tito bench` measured: on the screen, and as JSON.

#include <vector>

#include "tito/base/json.h"
#include "tito/course/course.h"
#include "tito/learner/ladder.h"

namespace tito {

// One ladder as bars, beside the reference's rates where there are any.
void show_ladder(const LadderResult& ladder, const std::vector<LadderResult>& reference);
Json ladders_document(const Module& module, const std::vector<LadderResult>& ladders,
                      const std::vector<LadderResult>& reference);

}  // namespace tito
