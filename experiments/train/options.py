"""Options that every training program has."""
import argparse
from pathlib import Path


def parser(description: str) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = p.add_argument
    add("--data", type=Path, required=True, help="folder of the MNIST IDX files, or of cifar10.npz (decode.py)")
    add("--out", type=Path, required=True, help="folder for last.pt, log.json, weights.pt; a run goes on from there")
    add("--teacher", type=Path, help="network whose final exit teaches (as --start)")
    add("--epochs", type=int, default=20)
    add("--minutes", type=float, help="end the schedule after so many minutes, where the epochs would take longer")
    add("--until", metavar="HH:MM", help="the same, at the next HH:MM UTC; a last evaluation follows")
    add("--batch", type=int, default=500)
    add("--lr", type=float, default=0.08, help="highest learning rate")
    add("--decay", type=float, default=0.0, help="weight decay of AdamW")
    add("--event-penalty", type=float, default=0.0, help="w_p: price of Σ events·fan-out ÷ MACs")
    add("--settle", type=int, default=10, help="batches that BatchNorm's statistics are measured on before an evaluation, 0: none")
    add("--crop", type=int, default=3, help="CIFAR: pixels that an image is shifted by, at most")
    add("--flip", choices=("alternate", "random"), default="alternate", help="CIFAR: in every other epoch, or at random")
    add("--hole", type=int, default=0, help="CIFAR: side of the cutout, 0: none")
    add("--seed", type=int, default=1)
    add("--threads", type=int, default=1)
    add("--limit", type=int, default=0, help="only so many images of each split, 0: all")
    add("--time", type=int, default=0, help="only time so many batches")
    add("--bf16", action=argparse.BooleanOptionalAction, default=False,
        help="autocast; much faster with avx512_bf16 (/proc/cpuinfo), much slower without")  # fmt: skip
    return p
