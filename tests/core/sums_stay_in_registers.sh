#!/bin/sh
# Usage: sums_stay_in_registers.sh libgiven.a
# The int8 tile for AVX-512 holds 24 sums. Compiled without its own options, g++ keeps half of them
# on the stack: every result is right, at half the speed, and no other test would notice. So: no
# vector goes to or from the stack between a tile's first and last vpdpbusd.
objdump -d --no-show-raw-insn --no-addresses "$1" 2>/dev/null | awk '
  /^<.*>:$/ { in_tile = $0 ~ /tileILl12ELl2/; tiles += in_tile; multiplying = 0; moved = 0 }
  !in_tile { next }
  /vpdpbusd/ { multiplying = 1; spilled += moved; moved = 0 }
  multiplying && /\(%[re]sp/ && /%zmm/ { ++moved }
  END {
    if (tiles == 0) { print "no tile of 12 rows and 2 panels found"; exit 1 }
    if (spilled > 0) {
      print spilled " moves of vectors to or from the stack inside " tiles " tiles; tinytorch/CMakeLists.txt sets their options"
      exit 1
    }
    print tiles " tiles keep their sums in registers"
  }'
