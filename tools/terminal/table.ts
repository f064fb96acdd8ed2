/** Tables for people: numbers to the right, no boxes in a pipe. */
import Table from 'cli-table3';

export interface Column {
  head: string;
  align?: 'left' | 'right';
}

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function table(columns: Column[], rows: string[][]): string {
  const out = new Table({
    head: columns.map((c) => c.head),
    colAligns: columns.map((c) => c.align ?? 'right'),
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  out.push(...rows);
  return out
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** 1234567 → "1.23 M": three significant digits and a unit. */
export function short(value: number): string {
  if (value === 0) return '0';
  const units: [number, string][] = [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
    [1, ''],
  ];
  const rounded = Number(value.toPrecision(3));
  const [size, unit] = units.find(([s]) => rounded >= s) ?? [1, ''];
  return `${Number((rounded / size).toPrecision(3))}${unit}`;
}
