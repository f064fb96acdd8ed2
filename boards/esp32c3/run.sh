#!/usr/bin/env bash
# Builds the application image; no emulator here has the chip: run.sh [model.snn] [image.bin]
set -euo pipefail
cd "$(dirname "$0")/../.."
node setup.mjs
exec node dist/tools/cli.js flash esp32c3 "${1:-models/mnist-tiny.snn}" -o "${2:-esp32c3.bin}"
