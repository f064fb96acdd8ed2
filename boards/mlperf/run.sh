#!/usr/bin/env bash
# MLPerf Tiny's image classification by its own runner, unmodified, against an emulated board: unverified, no official result.
#   TINY=checkout CIFAR=checkout run.sh [model.snn] [board] [runtime]
# TINY is github.com/mlcommons/tiny, CIFAR github.com/cyizhuo/CIFAR-10-dataset; bare repositories will do.
# Logs go to LOGS (docs/mlperf), figures to standard output.
set -euo pipefail
cd "$(dirname "$0")/../.."
model=${1:-bench/networks/mcu.snn} board=${2:-stm32f405} runtime=${3:-wasm2c}
logs=${LOGS:-docs/mlperf}
: "${TINY:?name a checkout of github.com/mlcommons/tiny}" "${CIFAR:?name a checkout of github.com/cyizhuo/CIFAR-10-dataset}"
work=.cache/mlperf python=.cache/mlperf/venv/bin/python
[ -e "$model" ] || { echo "$model: no such file" >&2; exit 2; }

node setup.mjs
mkdir -p "$work/runner" "$logs"
[ -e "$work/venv/installed" ] || {
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet pyserial numpy scikit-learn matplotlib pyyaml pyusb
  touch "$work/venv/installed"
}
# Without its sounds, which a partial clone lacks.
mapfile -t files < <(git -C "$TINY" ls-tree -r --name-only HEAD:benchmark/runner | grep -E '\.(py|yaml)$')
git -C "$TINY" archive HEAD:benchmark/runner -- "${files[@]}" | tar x -C "$work/runner"
"$python" boards/mlperf/dataset.py "$TINY" "$CIFAR" "$work/datasets"

root=$PWD
emulator="env -C $root node boards/listen.mjs '{\"board\":\"$board\",\"model\":\"$model\",\"runtime\":\"$runtime\",\"name\":\"ic01\"}'"
# The runner wants a loop of 10 s by its own clock, which the emulator outruns: more inferences, as its rules have it.
sed 's/infer 20 5/infer 50 5/' "$work/runner/tests_performance.yaml" >"$work/runner/performance.yaml"
cp "$work/runner/tests_accuracy.yaml" "$work/runner/accuracy.yaml"
for mode in accuracy performance; do
  rm -rf "$work/runner/sessions"
  (
    cd "$work/runner"
    "$root/$python" "$root/boards/mlperf/port.py" . "$emulator" --dataset_path="$root/$work/datasets" \
      --test_script="$mode.yaml" --device_list=devices_kws_ic_vww.yaml --mode="${mode::1}"
  )
  cat "$work"/runner/sessions/*/log.txt >"$logs/$mode.txt"
done

# Each image once more, by frames: what its answer took, compared with Node's, to the bit.
node dist/tools/cli.js send "$board" "$work/datasets/ic01.bin" --model "$model" --runtime "$runtime" --json >"$logs/images.jsonl"
node boards/mlperf/figures.mjs "$logs/images.jsonl" "$work/datasets/ic01.bin"
