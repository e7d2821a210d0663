// A part that does not compile leaves the other its verdict.
this is not a program
