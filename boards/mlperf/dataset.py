"""The benchmark's 200 images as its runner wants them: dataset.py TINY CIFAR FOLDER

TINY is a checkout of mlcommons/tiny, CIFAR one of cyizhuo/CIFAR-10-dataset (PNG by class); a bare repository will do.
Writes FOLDER/ic01/y_labels.csv and one file of 3072 bytes, [height][width][channel], per image; and FOLDER/ic01.bin,
all of them as CIFAR's binary files have them, which snn reads too.
"""

import csv
import io
import os
import subprocess
import sys

import matplotlib.image
import numpy as np

LABELS = "benchmark/evaluation/datasets/ic01/y_labels.csv"
CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()


def file_of(repository, path):
    """A file of a checkout, or of a bare repository's newest commit."""
    plain = os.path.join(repository, path)
    if os.path.exists(plain):
        with open(plain, "rb") as file:
            return file.read()
    return subprocess.run(["git", "-C", repository, "show", f"HEAD:{path}"], check=True, capture_output=True).stdout


def main(tiny, cifar, folder):
    os.makedirs(os.path.join(folder, "ic01"), exist_ok=True)
    labels = file_of(tiny, LABELS).decode()
    rows = list(csv.reader(io.StringIO(labels)))
    records = []
    for name, _, label in rows:
        png = file_of(cifar, f"test/{CLASSES[int(label)]}/{name[:-4]}.png")
        pixels = matplotlib.image.imread(io.BytesIO(png), format="png")
        image = np.rint(pixels[:, :, :3] * 255).astype(np.uint8)
        if image.shape != (32, 32, 3):
            raise SystemExit(f"{name}: {image.shape}, not 32x32x3")
        with open(os.path.join(folder, "ic01", name), "wb") as file:
            file.write(image.tobytes())
        records.append(bytes([int(label)]) + image.transpose(2, 0, 1).tobytes())
    with open(os.path.join(folder, "ic01", "y_labels.csv"), "w") as file:
        file.write(labels)
    with open(os.path.join(folder, "ic01.bin"), "wb") as file:
        file.write(b"".join(records))
    print(f"{len(rows)} images in {folder}/ic01")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
