// What a full disk says, in the words of the source.
#include "error writing to out/words.o: No space left on device"
