/** All that is fuzzed. */
import { arrays } from './arrays.ts';
import { board } from './board.ts';
import { cHost } from './c-host.ts';
import { models } from './models.ts';
import { onnx } from './onnx.ts';
import { pictures } from './pictures.ts';
import { shards } from './shards.ts';
import type { Target } from './target.ts';
import { uart } from './uart.ts';
import { wasi } from './wasi.ts';

export const TARGETS: Target[] = [models, pictures, arrays, onnx, shards, wasi, cHost, uart, board];
