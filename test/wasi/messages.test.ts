/** The command and the Node host explain a status in the same words, though they cannot share strings. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as S from '../../assembly/shared/status.ts';
import { statusMessage } from '../../host/messages.ts';

const source = readFileSync('assembly/wasi/messages.ts', 'utf8');
const table = [...source.matchAll(/=== (STATUS_\w+)\)\s*return ascii\('([^']*)'\)/g)];
const spoken = new Map(table.map(([, name, text]) => [name as string, text as string]));
const statuses = Object.entries(S).filter(([name, status]) => name.startsWith('STATUS_') && status !== 0);

test.each(statuses)('%s', (name, status) => {
  expect(spoken.get(name)).toBe(statusMessage(status));
  expect(statusMessage(status)).not.toContain('unknown to this host');
});

test('no message without a status', () => {
  expect([...spoken.keys()].sort()).toEqual(statuses.map(([name]) => name).sort());
});
