/** Answers and traces, as text or as lines of JSON. */

import { evidence } from '../fusion/evidence';
import { counts, layerState } from '../model/arena';
import { crc32 } from '../model/crc';
import { layerRecord, netRecord } from '../model/sections';
import { posterior } from '../network';
import * as F from '../shared/format';
import * as S from '../shared/state';
import { ascii } from './ascii';
import { putByte, putColumn, putDecimal, putHex, putNumber, putString } from './print';

export function reportAnswer(net: usize, image: i32, json: bool): void {
  const winner = load<i32>(net + S.RUN_CLASS);
  const confidence: i64 = posterior(net, winner);
  if (json) {
    putString(ascii('{"image":'));
    putNumber(image);
    putString(ascii(',"class":'));
    putNumber(winner);
    putString(ascii(',"steps":'));
    putNumber(load<i32>(net + S.RUN_STEP));
    putString(ascii(',"confidence":'));
    putDecimal((confidence * 10000 + 32768) >> F.POSTERIOR_BITS, 4);
    putString(ascii(',"exit":'));
    putNumber(load<i32>(net + S.RUN_EXIT));
    putString(ascii(',"sops":'));
    putNumber(totalSops(net));
    putString(ascii('}\n'));
    return;
  }
  putColumn(image, 6);
  putString(ascii('  class '));
  putColumn(winner, 3);
  putString(ascii('  step '));
  putColumn(load<i32>(net + S.RUN_STEP), 4);
  putString(ascii('  exit '));
  putNumber(load<i32>(net + S.RUN_EXIT));
  putString(ascii('  '));
  const tenths = (confidence * 1000 + 32768) >> F.POSTERIOR_BITS;
  if (tenths < 1000) putString(ascii(' '));
  if (tenths < 100) putString(ascii(' '));
  putDecimal(tenths, 1);
  putString(ascii(' %\n'));
}

function totalSops(net: usize): i64 {
  const layers: i32 = load<u16>(netRecord(load<u32>(net + S.RUN_MODEL)) + F.NET_LAYERS);
  let sum: i64 = 0;
  for (let i = 0; i < layers; i++) sum += load<i64>(layerState(net, i) + S.STATE_SOPS);
  return sum;
}

/** One step: its events and spikes in every layer, and a CRC of where and how often neurons fired. */
export function reportStep(net: usize, image: i32): void {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const layers: i32 = load<u16>(netRecord(model) + F.NET_LAYERS);
  putString(ascii('{"image":'));
  putNumber(image);
  putString(ascii(',"step":'));
  putNumber(load<i32>(net + S.RUN_STEP));
  putString(ascii(',"layers":['));
  for (let i = 0; i < layers; i++) reportLayer(layerRecord(model, i), layerState(net, i), i === 0);
  putString(ascii('],"evidence":['));
  const classes: i32 = load<u16>(netRecord(model) + F.NET_CLASSES);
  for (let e = 0; e < <i32>load<u16>(netRecord(model) + F.NET_EXITS); e++) {
    putString(e === 0 ? ascii('[') : ascii(',['));
    for (let k = 0; k < classes; k++) {
      if (k > 0) putByte(44);
      putNumber(load<i32>(evidence(net, e) + (k << 2)));
    }
    putByte(93);
  }
  putString(ascii('],"class":'));
  putNumber(load<i32>(net + S.RUN_CLASS));
  putString(ascii(',"margin":'));
  putNumber(load<i32>(net + S.RUN_MARGIN));
  putString(ascii('}\n'));
}

function reportLayer(layer: usize, state: usize, isFirst: bool): void {
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const bytes = (counts(layer) * (width + 1)) << 1;
  let starts: usize = load<u32>(state + S.STATE_STARTS);
  let fired: usize = load<u32>(state + S.STATE_FIRED);
  let events: u32 = 0;
  let spikes: u32 = 0;
  let crc: u32 = 0;
  const height: i32 = fired === 0 ? 0 : load<u16>(layer + F.LAYER_HEIGHT);
  for (let y: i32 = 0; y < height; y++) {
    // The end of a row's last list is the number of its events.
    const count: u32 = load<u16>(starts + bytes - 2);
    crc = crc32(starts, bytes, crc);
    crc = crc32(fired, count << 1, crc);
    events += count;
    for (let l: i32 = 0; l < counts(layer); l++) {
      const start = starts + ((l * (width + 1)) << 1);
      const burst: i32 = load<u8>(layer + F.LAYER_BURST);
      spikes += (load<u16>(start + (width << 1)) - load<u16>(start)) * (l < burst ? l + 1 : l + 1 - burst);
    }
    starts += bytes;
    fired += (<i32>load<u16>(layer + F.LAYER_CHANNELS) * width) << 1;
  }
  putString(isFirst ? ascii('{"events":') : ascii(',{"events":'));
  putNumber(events);
  putString(ascii(',"spikes":'));
  putNumber(spikes);
  putString(ascii(',"crc":"'));
  putHex(crc);
  putString(ascii('"}'));
}
