/**
 * Max pools of spikes. The count of a neuron since `begin` is the largest of its window's: counts never fall, so it sends
 * what that has grown by, and only a neuron that fired now can have raised it. Exact in every step, without a product.
 */

import * as F from '../shared/format';

/** drive = max(drive, count − own), at most a burst of the target `layer`. */
export function raise(drive: usize, count: usize, own: usize, layer: usize): void {
  const ahead = min(load<i32>(count) - load<i32>(own), <i32>load<u8>(layer + F.LAYER_BURST));
  if (ahead > <i32>load<i16>(drive)) store<i16>(drive, ahead);
}
