/** IF neurons with reset by subtraction and bursts: a row of a layer. */

import { counts, SCRATCH_DRIVES, SCRATCH_TAILS, spillBytes } from '../model/arena';
import { arrayBytes, keepsOneRow, thresholds } from '../model/sections';
import * as F from '../shared/format';
import * as S from '../shared/state';
import { lanes } from './add-rows-lanes';
import { closeRow } from './events';
import { fireLanes } from './fire-lanes';
import { firePlain } from './fire-plain';
import { fireVectors } from './fire-simd';

/**
 * Row `y`: v ← v + b + Σ w·s (or the image's input), n = min(K, ⌊v/θ⌋) by compare and subtract,
 * v ← max(v − n·θ, floor); neurons with n > 0 become the row's events. Exits read by their membranes only integrate.
 * With negative spikes a neuron at v ≤ −θ⁻ fires −n, n = min(K, ⌊−v/θ⁻⌋), and v ← v + n·θ⁻.
 */
export function fireRow(model: usize, net: usize, layer: usize, state: usize, y: i32): void {
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const is32 = load<u8>(layer + F.LAYER_IS32) !== 0;
  const size: i32 = is32 ? 2 : 1;
  const isFiring = load<u32>(state + S.STATE_FIRED) !== 0;
  const byVectors = isFiring && !is32 && load<u8>(layer + F.LAYER_SIGNED) === 0;
  const burst: i32 = isFiring ? load<u8>(layer + F.LAYER_BURST) : 0;
  const lists = isFiring ? counts(layer) : 0;
  const floor = load<i32>(layer + F.LAYER_FLOOR);
  const lowest = ASC_FEATURE_SIMD ? 0 : lanes(floor);
  const spill: usize = load<u32>(net + S.RUN_SPILL);
  const segment = spillBytes(layer);
  const theta = thresholds(model, layer);
  const table: usize = load<u32>(net + S.RUN_TABLE);
  const tails = <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_TAILS;
  const before: usize = y * width * channels;
  const starts = <usize>load<u32>(state + S.STATE_STARTS) + ((y * lists * (width + 1)) << 1);
  const first = <usize>load<u32>(state + S.STATE_FIRED) + (before << 1);
  // A layer on the image is driven by its input, which lies like the membranes; drives begin on whole blocks.
  const input: usize = load<u32>(state + S.STATE_INPUT);
  const stride: usize = input === 0 ? arrayBytes(channels, is32) : channels << size;
  const kept: usize = keepsOneRow(model, layer) ? 0 : before << size;
  let drive = input === 0 ? <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_DRIVES : input + kept;
  let v = <usize>load<u32>(state + S.STATE_MEMBRANE) + kept;

  // Events of one spike gather where they stay, the others in the spill until the row is done.
  let tail = first;
  for (let l: i32 = 0; l < lists; l++) {
    store<u32>(tails + (l << 2), <u32>tail);
    tail = l === 0 ? spill : tail + segment;
  }
  for (let x: i32 = 0, slot: i32 = 0; x < width; x++, slot += channels) {
    tail = first;
    for (let l: i32 = 0; l < lists; l++) {
      store<u16>(starts + ((l * (width + 1) + x) << 1), (load<u32>(tails + (l << 2)) - <u32>tail) >> 1);
      tail = l === 0 ? spill : tail + segment;
    }
    let c: i32 = 0;
    if (byVectors) {
      if (ASC_FEATURE_SIMD) c = fireVectors(theta, v, drive, tails, table, slot, channels, burst, floor);
      else c = fireLanes(theta, v, drive, tails, slot, channels, burst, lowest);
    }
    if (c < channels) firePlain(layer, theta, v, drive, tails, slot, burst, c);
    v += channels << size;
    drive += stride;
  }
  if (isFiring) closeRow(layer, state, starts, first, spill, tails);
}
