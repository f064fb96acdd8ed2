#!/usr/bin/env node
// Writes host/c/constants.h from assembly/shared, whose files are bare constants: node boards/build/constants.mjs [--print]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES = ['format', 'limits', 'state', 'status'].map((name) => `assembly/shared/${name}.ts`);

/** The header as it has to be. */
function constantsHeader() {
  const parts = FILES.map((file) => {
    const lines = readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n');
    return [`// ${file}`, ...lines.map(toC)].join('\n');
  });
  const head = '// Written by boards/build/constants.mjs from assembly/shared; a test compares. Do not edit.';
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

if (process.argv.includes('--print')) process.stdout.write(constantsHeader());
else writeFileSync(join(ROOT, 'host', 'c', 'constants.h'), constantsHeader());
