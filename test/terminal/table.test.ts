import { expect, test } from 'vitest';
import { short, table } from '../../tools/terminal/table.ts';

test('numbers stand to the right, names to the left', () => {
  const text = table(
    [{ head: 'layer', align: 'left' }, { head: 'RAM' }],
    [
      ['first convolution', '90960'],
      ['exit', '48'],
    ],
  );
  expect(text.split('\n')).toEqual([
    'layer                RAM',
    'first convolution  90960',
    'exit                  48',
  ]);
});

test.each([
  [0, '0'],
  [7, '7'],
  [999, '999'],
  [1000, '1 k'],
  [70665, '70.7 k'],
  [999600, '1 M'],
  [5.56e6, '5.56 M'],
  [1.5e10, '15 G'],
])('%d is %s', (value, text) => {
  expect(short(value)).toBe(text);
});
