/** What the reference did in one step as one line of text, to compare with what an engine says that it did. */
import { crc32 } from 'node:zlib';
import type { Model } from '../model.ts';
import type { Shape } from '../network.ts';
import type { ReferenceStep } from './simulate.ts';

/** One step as the engine's trace tells it: events and their CRC per layer, evidence, class, margin. */
export function goldenLine(model: Model, image: number, step: ReferenceStep): string {
  const layers = model.layers.map((layer, l) => {
    const [channels, height, width] = layer.shape;
    const index: number[] = [];
    const count: number[] = [];
    step.spikes[l]?.forEach((spikes, i) => {
      if (spikes === 0) return;
      index.push((i % (height * width)) * channels + Math.floor(i / (height * width)));
      count.push(spikes);
    });
    const lists = layer.readout === 'spikes' ? layer.burst * (layer.negative === undefined ? 1 : 2) : 0;
    return eventsCrc(index, count, layer.shape, layer.burst, lists);
  });
  const decision = step.decisions.at(-1);
  return JSON.stringify({
    image,
    step: step.step,
    layers,
    evidence: step.evidence,
    class: decision?.class,
    margin: decision?.margin,
  });
}

/**
 * "number of events:CRC", the CRC going row by row over the start of every position in each list of one count, and over
 * the events, all u16: what assembly/shared/state.ts says of STATE_STARTS and STATE_FIRED. `index` is [y][x][channel].
 */
export function eventsCrc(
  index: ArrayLike<number>,
  count: ArrayLike<number>,
  [channels, height, width]: Shape,
  burst: number,
  lists: number,
): string {
  const row = channels * width;
  const listed: number[][] = Array.from({ length: height * lists }, () => []);
  for (let i = 0; i < index.length; i++) {
    const [n, spikes] = [index[i] as number, count[i] as number];
    const list = spikes > 0 ? spikes - 1 : burst - spikes - 1;
    listed[Math.floor(n / row) * lists + list]?.push(n % row);
  }
  let crc = 0;
  for (let y = 0; y < height && lists > 0; y++) {
    const events = listed.slice(y * lists, (y + 1) * lists).map((list) => list.sort((a, b) => a - b));
    let before = 0;
    const starts = events.flatMap((list) => {
      const first = before;
      before += list.length;
      const start = (x: number): number => first + list.filter((n) => n < x * channels).length;
      return Array.from({ length: width + 1 }, (_, x) => start(x));
    });
    crc = crc32(new Uint8Array(Uint16Array.from(starts).buffer), crc);
    // Node gives 0 for no bytes at all, whatever came before.
    if (before > 0) crc = crc32(new Uint8Array(Uint16Array.from(events.flat()).buffer), crc);
  }
  return `${index.length}:${crc.toString(16).padStart(8, '0')}`;
}
