"""Runs the benchmark's runner as it is, with an emulated board as its serial port: port.py RUNNER EMULATOR [options of main.py]

EMULATOR is a command line whose stdin and stdout are the board's UART: they become a pseudo-terminal, and the list of
serial ports and of USB devices, which an emulator is not in, is made of it alone.
"""

import os
import pty
import runpy
import shlex
import subprocess
import sys
import tty

import serial.tools.list_ports
import usb.core
from serial.tools.list_ports_common import ListPortInfo

# The reference board's, of the runner's devices_kws_ic_vww.yaml.
VENDOR, PRODUCT = 0x0483, 0x374B


def main(runner, emulator, *options):
    board, port = pty.openpty()
    tty.setraw(port)
    child = subprocess.Popen(shlex.split(emulator), stdin=board, stdout=board)
    found = ListPortInfo(os.ttyname(port))
    found.vid, found.pid, found.description = VENDOR, PRODUCT, "emulated"
    serial.tools.list_ports.comports = lambda *_: [found]
    usb.core.find = lambda *_, **__: []
    # The firmware is built before the emulator starts: the runner waits two seconds only.
    said = b""
    while b"m-ready" not in said:
        said += os.read(port, 1)
    sys.path.insert(0, runner)
    os.environ.setdefault("MPLBACKEND", "Agg")
    sys.argv = ["main.py", *options]
    try:
        runpy.run_path(os.path.join(runner, "main.py"), run_name="__main__")
    finally:
        child.terminate()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
