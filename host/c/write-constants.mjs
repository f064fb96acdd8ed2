#!/usr/bin/env node
// Writes constants.h from assembly/shared, whose files are bare constants: node host/c/write-constants.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES = ['format', 'limits', 'state', 'status'].map((name) => `assembly/shared/${name}.ts`);

/** The header as it has to be. */
export function constantsHeader(root = ROOT) {
  const parts = FILES.map((file) => {
    const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n');
    return [`// ${file}`, ...lines.map(toC)].join('\n');
  });
  const head = '// Written by host/c/write-constants.mjs from assembly/shared; a test compares. Do not edit.';
  const guard = ['#ifndef SNN_CONSTANTS_H', '#define SNN_CONSTANTS_H'].join('\n');
  return `${head}\n${guard}\n\n${parts.join('\n\n')}\n\n#endif\n`;
}

function toC(line) {
  if (line === '' || line.startsWith('//')) return line;
  const [, name, value, comment = ''] = /^export const (\w+) = ([^;]+);(.*)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a constant that C can have: ${line}`);
  const text = value.replace(/\b[A-Z]\w*/g, 'SNN_$&');
  return `#define SNN_${name} ${/^\w+$/.test(text) ? text : `(${text})`}${comment}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(join(import.meta.dirname, 'constants.h'), constantsHeader());
