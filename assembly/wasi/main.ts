/** `wasmtime snn.wasm model.snn images.idx`: the command for edge Linux and any other WASI preview 1 host. */

import { netRecord } from '../model/sections';
import { begin, measure, open, step } from '../network';
import * as F from '../shared/format';
import * as X from '../shared/status';
import { arg, equals, moveArg, parseNumber, readArgs } from './args';
import { ascii } from './ascii';
import { closeFile, openFile, readBytes } from './file';
import { beginImages, imageBytes, readImage } from './images';
import { allocate, BUNDLE, extend, initMemory } from './memory';
import { statusMessage } from './messages';
import { beginError, endWith, flush, putString } from './print';
import { reportAnswer, reportStep } from './report';
import { proc_exit } from './wasi_snapshot_preview1';

/** Where snn bundle finds the slot for its model. */
export { __heap_base, BUNDLE as bundle };

/** i32 each: json, trace, limit, skip, images so far; then u32: net, image, model. */
const OPTIONS: usize = memory.data(32, 4);
const AS_JSON: usize = 0;
const TRACE: usize = 4;
const LIMIT: usize = 8;
const SKIP: usize = 12;
const SEEN: usize = 16;
const NET: usize = 20;
const IMAGE: usize = 24;
const MODEL: usize = 28;

/** Bytes of a model that are asked for at once. */
const CHUNK: u32 = 0x10000;

export function _start(): void {
  initMemory();
  const count = readArgs();
  store<i32>(OPTIONS, i32.MAX_VALUE, LIMIT);
  const bundled = load<u32>(BUNDLE) !== 0;
  // Options hold for all files, wherever they stand: files gather at the front of the arguments.
  let files = 0;
  for (let i = 1; i < count; i++) {
    const taken = option(i, count);
    if (taken === 0) moveArg(i, files++);
    else i += taken - 1;
  }
  if (bundled) openNetwork(load<u32>(BUNDLE), load<u32>(BUNDLE, 4), 0);
  else if (files < 2) misuse(ascii('give a model and an image file: snn.wasm model.snn images.idx'), 0);
  else loadModel(arg(0));
  for (let i = bundled ? 0 : 1; i < files; i++) classifyFile(arg(i));
  if (bundled && files === 0) classifyFile(ascii('-'));
  flush();
  proc_exit(X.EXIT_OK);
}

/** How many arguments the option at `i` takes, itself included; 0 for the name of a file. */
function option(i: i32, count: i32): i32 {
  const text = arg(i);
  if (load<u8>(text) !== 45 || load<u8>(text + 1) === 0) return 0;
  if (equals(text, ascii('--json'))) store<i32>(OPTIONS, 1, AS_JSON);
  else if (equals(text, ascii('--trace'))) store<i32>(OPTIONS, 1, TRACE);
  else if (equals(text, ascii('--limit'))) return numberOption(i, count, LIMIT);
  else if (equals(text, ascii('--skip'))) return numberOption(i, count, SKIP);
  else if (equals(text, ascii('--help')) || equals(text, ascii('-h'))) help();
  else if (equals(text, ascii('--version'))) {
    putString(ascii('snn.wasm 0.1.0\n'));
    flush();
    proc_exit(X.EXIT_OK);
  } else misuse(ascii('unknown option; see --help'), text);
  return 1;
}

function numberOption(i: i32, count: i32, cell: usize): i32 {
  const value = i + 1 < count ? parseNumber(arg(i + 1)) : -1;
  if (value < 0) misuse(ascii('needs a whole number'), arg(i));
  store<i32>(OPTIONS + cell, value);
  return 2;
}

function misuse(what: usize, subject: usize): void {
  beginError();
  if (subject !== 0) {
    putString(subject);
    putString(ascii(': '));
  }
  putString(what);
  endWith(X.EXIT_USAGE);
}

function help(): void {
  putString(ascii('Usage: snn.wasm [options] model.snn images...\n'));
  putString(ascii('       bundled: images only, else standard input\n\n'));
  putString(ascii('One line per image: index, class, time step and exit that it stopped at,\n'));
  putString(ascii('confidence. Images are IDX or PGM/PPM files; - reads one raw image (height x\n'));
  putString(ascii('width x channel bytes) or PNM from standard input.\n\n'));
  putString(ascii('  --json      one JSON object per image\n'));
  putString(ascii('  --trace     one JSON object per step, without stopping early\n'));
  putString(ascii('  --skip N    skip the first N images\n'));
  putString(ascii('  --limit N   stop after N images\n'));
  putString(ascii('  --version   --help\n\n'));
  putString(ascii('Exit codes: 0 done, 1 usage, 2 model, 3 image, 4 output.\n'));
  flush();
  proc_exit(X.EXIT_OK);
}

/** Reads a model to the end of its file, then prepares the network behind it. */
function loadModel(path: usize): void {
  openFile(path, true);
  const model = allocate(0);
  if (model === 0) refuse(path, X.STATUS_ARENA);
  let bytes: u32 = 0;
  // What does not begin like a model is not read to its end.
  for (let got = CHUNK; got === CHUNK && (bytes === 0 || load<u32>(model) === F.MAGIC); bytes += got) {
    if (!extend(model, bytes + CHUNK)) refuse(path, X.STATUS_ARENA);
    got = readBytes(model + bytes, CHUNK);
  }
  closeFile();
  extend(model, bytes);
  openNetwork(model, bytes, path);
}

function openNetwork(model: usize, bytes: u32, path: usize): void {
  const size = measure(model, bytes);
  if (size < 0) refuse(path, -size);
  const net = allocate(size);
  const image = allocate(imageBytes(netRecord(model)));
  if (net === 0 || image === 0) refuse(path, X.STATUS_ARENA);
  open(model, bytes, net, size);
  store<u32>(OPTIONS, <u32>net, NET);
  store<u32>(OPTIONS, <u32>image, IMAGE);
  store<u32>(OPTIONS, <u32>model, MODEL);
}

/** Ends the command over a model that cannot be used. */
function refuse(path: usize, status: i32): void {
  beginError();
  putString(path === 0 ? ascii('bundled model') : path);
  putString(ascii(': '));
  putString(statusMessage(status));
  endWith(X.EXIT_MODEL);
}

function classifyFile(path: usize): void {
  const net: usize = load<u32>(OPTIONS, NET);
  const image: usize = load<u32>(OPTIONS, IMAGE);
  const record = netRecord(load<u32>(OPTIONS, MODEL));
  const bytes = imageBytes(record);
  openFile(path, false);
  beginImages(path, record);
  while (load<i32>(OPTIONS, LIMIT) > 0 && readImage(image, bytes, record)) {
    const index = load<i32>(OPTIONS, SEEN);
    store<i32>(OPTIONS, index + 1, SEEN);
    if (index < load<i32>(OPTIONS, SKIP)) continue;
    store<i32>(OPTIONS, load<i32>(OPTIONS, LIMIT) - 1, LIMIT);
    classify(net, image, index);
  }
  closeFile();
}

function classify(net: usize, image: usize, index: i32): void {
  const trace = load<i32>(OPTIONS, TRACE) !== 0;
  begin(net, image);
  for (let done = 0; done === 0; ) {
    done = step(net, trace ? 0 : 1);
    if (trace) reportStep(net, index);
  }
  if (!trace) reportAnswer(net, index, load<i32>(OPTIONS, AS_JSON) !== 0);
}
