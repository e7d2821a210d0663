#pragma once
// An answer shows the idea, the engine needs the speed: where the two differ, the fast form is a
// function of the library, and the answer names it in its first line:
//
//   ENGINE_FORM(return detail::observe_in_lanes(batch, range_);)
//   for (const float x : batch) …                  // what a learner would write
//
// In the archive that stands in for a module, the statement runs, and the lines after it only where
// the statement declines (`if (detail::…) return;`).
// Compiled by itself (as a learner's source is, and by `tito dev check`), the answer is the lines
// after it. Both have the same bits: tests/engine_forms compares them.

#ifdef TINYTORCH_ENGINE_FORMS
#define ENGINE_FORM(...) __VA_ARGS__
#else
#define ENGINE_FORM(...)
#endif
