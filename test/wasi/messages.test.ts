/** The command and the Node host explain a status in the same words, though they cannot share strings. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as S from '../../assembly/shared/status.ts';
import { statusMessage } from '../../host/messages.ts';

const source = readFileSync('assembly/wasi/messages.ts', 'utf8');
const table = [...source.matchAll(/=== X\.(STATUS_\w+)\)\s*return ascii\('([^']*)'\)/g)];
const spoken = new Map(table.map(([, name, text]) => [name as string, text as string]));
/** Of these the command has one sentence for all, with the same advice. */
const RECORDS = ['STATUS_SECTION', 'STATUS_NET', 'STATUS_LAYER', 'STATUS_PROJECTION'];
const [, records = ''] = /\n {2}return ascii\('([^']*)'\);\n\}/.exec(source) ?? [];
const statuses = Object.entries(S).filter(([name, status]) => name.startsWith('STATUS_') && status !== 0);

test.each(statuses)('%s', (name, status) => {
  expect(statusMessage(status)).not.toContain('unknown to this host');
  if (RECORDS.includes(name)) expect(adviceOf(records)).toBe(adviceOf(statusMessage(status)));
  else expect(spoken.get(name)).toBe(statusMessage(status));
});

function adviceOf(message: string): string {
  return message.slice(message.indexOf(';'));
}

test('no message without a status', () => {
  const names = statuses.map(([name]) => name).filter((name) => !RECORDS.includes(name));
  expect([...spoken.keys()].sort()).toEqual(names.sort());
});
