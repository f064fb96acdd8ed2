/** Images from IDX files, PNM files (P2, P3, P5, P6) or raw bytes, one after the other. */

import * as F from '../shared/format';
import * as X from '../shared/status';
import { ascii } from './ascii';
import { peekByte, readByte, readBytes } from './file';
import { beginError, endWith, putNumber, putString } from './print';

const IDX = 0;
const PLAIN = 1; // PNM in decimal text
const BINARY = 2; // PNM in bytes
const RAW = 3;

/** i32 format, i32 images left, u32 path, i32 images read. */
const STATE: usize = memory.data(16, 4);

/** Reads the header of the open file and checks its shape against the network's. */
export function beginImages(path: usize, net: usize): void {
  store<i32>(STATE, 1, 4);
  store<u32>(STATE, <u32>path, 8);
  store<i32>(STATE, 0, 12);
  const first = peekByte();
  if (first < 0) fail(ascii('holds no image; give an IDX or PNM file'));
  const standardInput = load<u8>(path) === 45 && load<u8>(path + 1) === 0;
  // The first pixel of a raw image may be a P as well.
  if (first === 80 && (!standardInput || (isPnmKind(peekByte(1)) && isBlank(peekByte(2))))) beginPnm(net);
  else if (standardInput) store<i32>(STATE, RAW);
  else if (first === 0) beginIdx(net);
  else fail(ascii('is neither IDX nor PNM; convert it first'));
}

export function imageBytes(net: usize): u32 {
  return <u32>load<u16>(net + F.NET_CHANNELS) * load<u16>(net + F.NET_HEIGHT) * load<u16>(net + F.NET_WIDTH);
}

/** The next image as u8 [height][width][channel]; false behind the last one. */
export function readImage(to: usize, bytes: u32, net: usize): bool {
  const left = load<i32>(STATE, 4);
  if (left !== 0) store<i32>(STATE, left - 1, 4);
  else if (!isAnotherPnm()) {
    refuseMore();
    return false;
  } else beginPnm(net);
  let got: u32 = 0;
  if (load<i32>(STATE) === PLAIN) {
    for (; got < bytes; got++) {
      const value = readToken();
      if (value > 255) fail(ascii('has a sample above its maximum of 255; save it again'));
      if (value < 0) break;
      store<u8>(to + got, value);
    }
  } else got = readBytes(to, bytes);
  if (got !== bytes) {
    beginError();
    putString(load<u32>(STATE, 8));
    putString(ascii(': image '));
    putNumber(load<i32>(STATE, 12));
    putString(ascii(' has '));
    putNumber(got);
    putString(ascii(' of '));
    putNumber(bytes);
    putString(ascii(' bytes; the file is truncated, copy it again'));
    endWith(X.EXIT_DATA);
  }
  // Of a stream of PNM, the next picture is not waited for.
  if (load<i32>(STATE) % RAW === IDX && load<i32>(STATE, 4) === 0) refuseMore();
  store<i32>(STATE, load<i32>(STATE, 12) + 1, 12);
  return true;
}

function refuseMore(): void {
  if (peekByte() >= 0) fail(ascii('has more bytes than its images; copy it again'));
}

function readBig(): u32 {
  let value: u32 = 0;
  for (let i = 0; i < 4; i++) {
    const byte = readByte();
    if (byte < 0) fail(ascii('ends within its header; copy it again'));
    value = (value << 8) | <u32>byte;
  }
  return value;
}

function beginIdx(net: usize): void {
  const magic = readBig();
  if (magic !== 0x803 && magic !== 0x804)
    fail(ascii('is not an IDX file of images (magic 0x00000803 or 804); give the images file'));
  store<i32>(STATE, IDX);
  store<u32>(STATE, readBig(), 4);
  const height = readBig();
  const width = readBig();
  const channels: u32 = magic === 0x804 ? readBig() : 1;
  checkShape(net, height, width, channels);
}

/** PNM files may follow one another in a stream. */
function isAnotherPnm(): bool {
  const format = load<i32>(STATE);
  if (format !== PLAIN && format !== BINARY) return false;
  while (isBlank(peekByte())) readByte();
  return peekByte() === 80;
}

/** The second letter of P2, P3, P5 and P6. */
function isPnmKind(letter: i32): bool {
  return letter === 50 || letter === 51 || letter === 53 || letter === 54;
}

function beginPnm(net: usize): void {
  readByte();
  const kind = readByte() - 48;
  if (!isPnmKind(kind + 48)) fail(ascii('is not a PGM or PPM file (P2, P3, P5, P6); convert it first'));
  store<i32>(STATE, kind > 3 ? BINARY : PLAIN);
  const width = readToken();
  const height = readToken();
  const most = readToken();
  if (width < 0 || height < 0 || most < 0) fail(ascii('has a damaged PNM header; save it again'));
  if (most !== 255) fail(ascii('has a maximum other than 255; save it with 8 bits per sample'));
  checkShape(net, height, width, kind === 3 || kind === 6 ? 3 : 1);
}

/** A decimal number behind spaces and comments, at most 65536, and the byte behind it; −1 if there is none. */
function readToken(): i32 {
  let byte = readByte();
  while (isBlank(byte)) {
    if (byte === 35) while (byte >= 0 && byte !== 10) byte = readByte();
    byte = readByte();
  }
  if (byte < 48 || byte > 57) return -1;
  let value = 0;
  for (; byte >= 48 && byte <= 57; byte = readByte()) {
    value = min(value * 10 + byte - 48, 0x10000);
  }
  return value;
}

/** What may stand between the numbers of a PNM file; # begins a comment. */
function isBlank(byte: i32): bool {
  return byte === 32 || (byte >= 9 && byte <= 13) || byte === 35;
}

function checkShape(net: usize, height: u32, width: u32, channels: u32): void {
  const wantHeight: u32 = load<u16>(net + F.NET_HEIGHT);
  const wantWidth: u32 = load<u16>(net + F.NET_WIDTH);
  const wantChannels: u32 = load<u16>(net + F.NET_CHANNELS);
  if (height === wantHeight && width === wantWidth && channels === wantChannels) return;
  beginError();
  putString(load<u32>(STATE, 8));
  putString(ascii(': images are '));
  putShape(height, width, channels);
  putString(ascii(', the model takes '));
  putShape(wantHeight, wantWidth, wantChannels);
  putString(ascii('; convert them first'));
  endWith(X.EXIT_DATA);
}

function putShape(height: u32, width: u32, channels: u32): void {
  putNumber(height);
  putString(ascii('x'));
  putNumber(width);
  putString(ascii('x'));
  putNumber(channels);
}

function fail(what: usize): void {
  beginError();
  putString(load<u32>(STATE, 8));
  putString(ascii(': '));
  putString(what);
  endWith(X.EXIT_DATA);
}
