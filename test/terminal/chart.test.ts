import { expect, test } from 'vitest';
import { accuracyOverEnergy, type Chart } from '../../tools/terminal/chart.ts';

const CHART: Chart = {
  title: 'MNIST <bursts & singles>',
  subtitle: '10,000 images',
  series: [
    {
      name: 'fused',
      points: [
        [0.9, 97.1],
        [1.8, 98.6],
      ],
    },
    { name: 'ANN', style: 'point', points: [[25.6, 99.28]] },
    {
      name: 'final only',
      style: 'dashed',
      points: Array.from({ length: 40 }, (_, i) => [i + 1, 90 + i / 5]),
    },
  ],
};

test('the same chart gives the same bytes', () => {
  expect(accuracyOverEnergy(CHART)).toBe(accuracyOverEnergy(CHART));
});

test('stands alone: its own size and background, no script, no outside reference', () => {
  const svg = accuracyOverEnergy(CHART);
  expect(svg).toMatch(/^<svg [^>]*width="900" height="520"/);
  expect(svg).toMatch(/<rect width="900" height="520"[^>]*fill="#ffffff"/);
  expect(
    svg.replace('http://www.w3.org/2000/svg', '').replace('http://www.w3.org/1999/xlink', ''),
  ).not.toMatch(/<script|https?:|NaN|undefined/);
});

test('names axes, series and round ticks around the data', () => {
  const texts = [...accuracyOverEnergy(CHART).matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((m) => m[1]);
  expect(texts).toEqual(
    expect.arrayContaining([
      'MNIST &lt;bursts &amp; singles&gt;',
      '10,000 images',
      'energy per image, µJ',
      'accuracy, %',
      'fused',
      'ANN',
      'final only',
    ]),
  );
  const ticks = texts.filter((t) => /^[\d.]+$/.test(t ?? ''));
  expect(ticks).toEqual(expect.arrayContaining(['0.5', '1', '2', '5', '10', '20', '50', '88', '100']));
  expect(ticks).not.toContain('0.2');
});

test('another unit and floor', () => {
  const svg = accuracyOverEnergy({ ...CHART, unit: 'time steps', floor: 50 });
  expect(svg).toContain('energy per image, time steps');
  expect(svg).toMatch(/>50<\/text>/);
});
