/** What a confidence is worth, by hand; and `npm run promise` on few images. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { areaUnderRoc, calibrationError } from '../../../experiments/promise/confidence.ts';
import { SHIFTS, shifted } from '../../../experiments/promise/shifts.ts';

describe('expected calibration error', () => {
  test('is the gap between confidence and accuracy, weighed by bin', () => {
    const sure = [true, true, true, false].map((right) => ({ confidence: 0.95, right }));
    expect(calibrationError(sure)).toBeCloseTo(0.2, 10);
    const unsure = [true, false].map((right) => ({ confidence: 0.5, right }));
    expect(calibrationError([...sure, ...unsure])).toBeCloseTo((4 * 0.2) / 6, 10);
  });

  test('counts a confidence of 1', () => {
    expect(calibrationError([{ confidence: 1, right: false }])).toBe(1);
  });
});

test('area under the ROC curve: the share of pairs in order, ties by half', () => {
  expect(areaUnderRoc([1, 2, 3, 4], [false, false, true, true])).toBe(1);
  expect(areaUnderRoc([1, 2, 3, 4], [true, true, false, false])).toBe(0);
  expect(areaUnderRoc([5, 5, 5], [true, false, true])).toBe(0.5);
  expect(areaUnderRoc([1, 2, 2, 3], [false, true, false, true])).toBe(0.875);
  expect(areaUnderRoc([1, 2], [true, true])).toBeUndefined();
});

test('shifts keep an even picture but for contrast and noise, and are the same each time', () => {
  const images = new Uint8Array(2 * 25 * 3).fill(100);
  const data = { count: 2, height: 5, width: 5, channels: 3, images, labels: new Uint8Array(2) };
  for (const shift of SHIFTS) {
    const once = shifted(data, shift);
    expect(shifted(data, shift)).toEqual(once);
    const share = /contrast (\d+)/.exec(shift.name)?.[1];
    if (share !== undefined) expect(new Set(once)).toEqual(new Set([Number(share)]));
    else if (!shift.name.startsWith('noise')) expect(once).toEqual(images);
    else expect(new Set(once).size).toBeGreaterThan(20);
  }
});

test('the program', { timeout: 120_000 }, () => {
  const few = ['--limit', '500', '--shifted-limit', '100', '--splits', '2'];
  const args = ['dist/experiments/promise/print-promise.js', 'models/mnist-tiny.snn', ...few];
  const run = (more: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args, ...more], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    return stdout;
  };
  const [figures] = JSON.parse(run(['--json']));
  expect(figures.promises.map((p: { loss: number }) => p.loss)).toEqual([0.001, 0.003, 0.01, 0.03]);
  expect(figures.shifts.map((s: { shift: string }) => s.shift)).toEqual(SHIFTS.map((s) => s.name));
  // 200 images certify nothing at a tenth of a point.
  expect(figures.promises[0].certified).toBe(0);
  expect(run([])).toContain('too few images');
});
