/** IF neurons with reset by subtraction and bursts. */

import { neurons } from './model';
import {
  LAYER_BURST,
  LAYER_CHANNELS,
  LAYER_FLOOR,
  LAYER_HEIGHT,
  LAYER_MEMBRANE_BITS,
  LAYER_READOUT,
  LAYER_SIGNED,
  LAYER_WIDTH,
  NEURON_BIAS,
  NEURON_NEGATIVE,
  NEURON_START,
  NEURON_THRESHOLD,
  READOUT_CURRENT,
} from './shared/format';
import {
  STATE_COUNTS,
  STATE_CURRENT,
  STATE_EVENTS,
  STATE_FIRED,
  STATE_MEMBRANE,
  STATE_SPIKES,
  STATE_STARTS,
  STATE_TALLY,
} from './shared/state';

/** Membranes at their start values, no spike in flight, all counters zero. */
export function resetLayer(model: usize, layer: usize, state: usize): void {
  const channels: i32 = load<u16>(layer + LAYER_CHANNELS);
  const positions: i32 = <i32>load<u16>(layer + LAYER_HEIGHT) * load<u16>(layer + LAYER_WIDTH);
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const starts = neurons(model, layer, NEURON_START);
  let v: usize = load<u32>(state + STATE_MEMBRANE);
  for (let p: i32 = 0; p < positions; p++) {
    for (let c: i32 = 0; c < channels; c++) {
      const start = load<i32>(starts + (c << 2));
      if (wide) store<i32>(v, start);
      else store<i16>(v, <i16>start);
      v += wide ? 4 : 2;
    }
  }
  memory.fill(state, 0, STATE_MEMBRANE);
  const tally: usize = load<u32>(state + STATE_TALLY);
  if (tally !== 0) memory.fill(tally, 0, channels << 2);
  const events: usize = load<u32>(state + STATE_STARTS);
  if (events !== 0) memory.fill(events, 0, (positions + 1) << 2);
}

/**
 * v ← v + b (or the image's current), n = min(K, ⌊v/θ⌋) by compare and subtract, v ← max(v − n·θ, floor);
 * neurons with n > 0 become the layer's events of this step. A current readout only integrates.
 * With negative spikes a neuron at v ≤ −θ⁻ fires −n, n = min(K, ⌊−v/θ⁻⌋), and v ← v + n·θ⁻.
 */
export function fireLayer(model: usize, layer: usize, state: usize): void {
  const channels: i32 = load<u16>(layer + LAYER_CHANNELS);
  const height: i32 = load<u16>(layer + LAYER_HEIGHT);
  const width: i32 = load<u16>(layer + LAYER_WIDTH);
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const burst: i32 = load<u8>(layer + LAYER_READOUT) === READOUT_CURRENT ? 0 : load<u8>(layer + LAYER_BURST);
  const floor = load<i32>(layer + LAYER_FLOOR);
  const thresholds = neurons(model, layer, NEURON_THRESHOLD);
  const biases = neurons(model, layer, NEURON_BIAS);
  const negatives = load<u8>(layer + LAYER_SIGNED) === 0 ? 0 : neurons(model, layer, NEURON_NEGATIVE);
  const fired: usize = load<u32>(state + STATE_FIRED);
  const counts: usize = load<u32>(state + STATE_COUNTS);
  const tally: usize = load<u32>(state + STATE_TALLY);
  let membrane: usize = load<u32>(state + STATE_MEMBRANE);
  let current: usize = load<u32>(state + STATE_CURRENT);
  let start: usize = load<u32>(state + STATE_STARTS);
  let events = 0;
  let spikes: u64 = 0;

  for (let y: i32 = 0; y < height; y++) {
    for (let x: i32 = 0; x < width; x++) {
      for (let c: i32 = 0; c < channels; c++) {
        let v: i32;
        if (wide) {
          v = load<i32>(membrane) + (current === 0 ? load<i32>(biases + (c << 2)) : load<i32>(current));
        } else {
          v = <i16>(
            (load<i16>(membrane) + (current === 0 ? load<i32>(biases + (c << 2)) : load<i16>(current)))
          );
        }
        const threshold = load<i32>(thresholds + (c << 2));
        let count = 0;
        for (; count < burst && v >= threshold; count++) v -= threshold;
        if (negatives !== 0) {
          const negative = load<i32>(negatives + (c << 2));
          for (; count > -burst && v <= -negative; count--) v += negative;
        }
        v = max(v, floor);
        if (wide) store<i32>(membrane, v);
        else store<i16>(membrane, <i16>v);
        membrane += wide ? 4 : 2;
        if (current !== 0) current += wide ? 4 : 2;
        if (count === 0) continue;
        store<u16>(fired + (events << 1), <u16>(x * channels + c));
        if (counts !== 0) store<u8>(counts + events, <u8>count);
        // An exit has one position, so its tally is indexed by the channel alone.
        if (tally !== 0) store<i32>(tally + (c << 2), load<i32>(tally + (c << 2)) + count);
        events++;
        spikes += abs(count);
      }
      if (burst !== 0) {
        store<u32>(start, events, 4);
        start += 4;
      }
    }
  }
  store<u64>(state + STATE_EVENTS, load<u64>(state + STATE_EVENTS) + events);
  store<u64>(state + STATE_SPIKES, load<u64>(state + STATE_SPIKES) + spikes);
}
