// The same along another way.
#include "../../../solutions/01_counting/words.cpp"
