"""decode.py GIT_DIRECTORY: CIFAR-10 PNGs of github:cyizhuo/CIFAR-10-dataset -> cifar10.npz and the seeded split, split.npz.

Images in the order of the sorted paths, uint8 NHWC; labels by class name in alphabetical order.
"""
import io
import subprocess
import sys

import numpy as np
from PIL import Image

SEED, HELD_OUT = 20240, 5000


def blobs(names):
    """The contents of git objects, in order."""
    with open("names.tmp", "w") as f:
        f.write("\n".join(names) + "\n")
    p = subprocess.Popen(["git", "--git-dir", sys.argv[1], "cat-file", "--batch"], stdin=open("names.tmp"),
                         stdout=subprocess.PIPE)
    for name in names:
        head = p.stdout.readline().split()
        if head[:2] != [name.encode(), b"blob"]:
            raise ValueError(f"{name}: {head}")
        data = p.stdout.read(int(head[2]))
        p.stdout.read(1)
        yield data
    p.wait()


def main():
    tree = subprocess.run(["git", "--git-dir", sys.argv[1], "ls-tree", "-r", "HEAD"], capture_output=True, text=True,
                          check=True).stdout.splitlines()
    rows = sorted((line.split("\t")[1], line.split()[2]) for line in tree if line.endswith(".png"))
    classes = sorted({path.split("/")[1] for path, _ in rows})
    assert len(classes) == 10, classes
    out = {"classes": np.array(classes)}
    for part, count in (("train", 50000), ("test", 10000)):
        chosen = [(p, h) for p, h in rows if p.startswith(part + "/")]
        assert len(chosen) == count, len(chosen)
        images = np.empty((count, 32, 32, 3), np.uint8)
        for i, data in enumerate(blobs([h for _, h in chosen])):
            images[i] = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        out[part + "_images"] = images
        out[part + "_labels"] = np.array([classes.index(p.split("/")[1]) for p, _ in chosen], np.uint8)
        out[part + "_paths"] = np.array([p for p, _ in chosen])
    np.savez("cifar10.npz", **out)
    order = np.random.RandomState(SEED).permutation(50000)
    np.savez("split.npz", train=order[:-HELD_OUT], held_out=order[-HELD_OUT:], seed=SEED)
    np.savetxt("held_out_indices.txt", order[-HELD_OUT:], fmt="%d")
    print(classes, {k: (v.shape, v.dtype) for k, v in out.items()}, file=sys.stderr)


if __name__ == "__main__":
    main()
