#!/usr/bin/env python3
"""Makes the four files of this folder from the complete Fashion-MNIST.

    data/fashion_mnist/make_subset.py /usr/share/datasets/fashion-mnist

The folder is that of Debian's package dataset-fashion-mnist. Of each class the first 500 training
images and the first 100 test images are kept, in the order of the original.
"""
import gzip
import pathlib
import struct
import sys

PIXELS = 28 * 28


def read(path):
    return gzip.decompress(path.read_bytes())


def write(path, header, values):
    # Level 9 and no time stamp: the same bytes wherever it runs.
    path.write_bytes(gzip.compress(header + values, compresslevel=9, mtime=0))


def keep_first(source, name, per_class, target):
    images = read(source / f"{name}-images-idx3-ubyte.gz")[16:]
    labels = read(source / f"{name}-labels-idx1-ubyte.gz")[8:]
    left = [per_class] * 10
    kept = []
    for index, label in enumerate(labels):
        if left[label] > 0:
            left[label] -= 1
            kept.append(index)
    pixels = b"".join(images[i * PIXELS:(i + 1) * PIXELS] for i in kept)
    write(target / f"{name}-images.idx.gz", struct.pack(">IIII", 0x803, len(kept), 28, 28), pixels)
    write(target / f"{name}-labels.idx.gz", struct.pack(">II", 0x801, len(kept)),
          bytes(labels[i] for i in kept))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).resolve().parent
    keep_first(source, "train", 500, target)
    keep_first(source, "t10k", 100, target)


main()
