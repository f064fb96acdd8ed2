"""decode.py GIT_DIRECTORY FOLDER: PNGs of github:cyizhuo/CIFAR-10-dataset (or -100-) -> cifar10.npz and split.npz.

Images in the order of the sorted paths, uint8 NHWC; labels by class name in alphabetical order. split.npz: which training
images train (45,000) and which are held out (5,000), drawn by a fixed seed.
"""
import argparse
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

SEED, HELD_OUT = 20240, 5000


def blobs(git: Path, names: list[str]) -> Iterator[bytes]:
    """The contents of git objects, in order. Asked for one at a time: a pipe filled from both ends would block."""
    command = ["git", "--git-dir", str(git), "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for name in names:
            process.stdin.write(name.encode() + b"\n")
            process.stdin.flush()
            head = process.stdout.readline().split()
            if head[:2] != [name.encode(), b"blob"]:
                raise ValueError(f"{name}: {head}")
            yield process.stdout.read(int(head[2]))
            process.stdout.read(1)
        process.stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("git", type=Path, help="bare clone of the repository")
    parser.add_argument("folder", type=Path, help="where the two files go")
    args = parser.parse_args()
    tree = subprocess.run(["git", "--git-dir", str(args.git), "ls-tree", "-r", "HEAD"], capture_output=True, text=True,
                          check=True).stdout.splitlines()  # fmt: skip
    rows = sorted((line.split("\t")[1], line.split()[2]) for line in tree if line.endswith(".png"))
    classes = sorted({path.split("/")[1] for path, _ in rows})
    if len(classes) not in (10, 100):
        raise ValueError(f"{args.git}: {len(classes)} classes")
    out = {"classes": np.array(classes)}
    for part, count in (("train", 50000), ("test", 10000)):
        chosen = [(p, h) for p, h in rows if p.startswith(part + "/")]
        if len(chosen) != count:
            raise ValueError(f"{args.git}: {len(chosen)} images in {part}, expected {count}")
        images = np.empty((count, 32, 32, 3), np.uint8)
        for i, data in enumerate(blobs(args.git, [h for _, h in chosen])):
            images[i] = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        out[part + "_images"] = images
        out[part + "_labels"] = np.array([classes.index(p.split("/")[1]) for p, _ in chosen], np.uint8)
        out[part + "_paths"] = np.array([p for p, _ in chosen])
    args.folder.mkdir(parents=True, exist_ok=True)
    np.savez(args.folder / f"cifar{len(classes)}.npz", **out)
    order = np.random.RandomState(SEED).permutation(50000)
    np.savez(args.folder / "split.npz", train=order[:-HELD_OUT], held_out=order[-HELD_OUT:], seed=SEED)
    print(len(classes), "classes", {k: v.shape for k, v in out.items()})


if __name__ == "__main__":
    main()
