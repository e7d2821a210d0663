// What a machine without processes says, in the words of the source.
#error bwrap: fork: Resource temporarily unavailable
