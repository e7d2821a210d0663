// The answer itself, if only it were there.
#include "solutions/01_counting/words.cpp"
