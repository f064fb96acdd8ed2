#!/usr/bin/env node
// Accuracy and instructions over images: node boards/mlperf/figures.mjs ANSWERS IMAGES, of snn send --json and a file as CIFAR has them.
import { readFileSync } from 'node:fs';

const RECORD = 3073;
const [answers, images] = process.argv.slice(2);
const rows = readFileSync(answers, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
const labels = readFileSync(images);
const unit = Object.keys(rows[0]).at(-1);
const counts = rows.map((row) => row[unit]).sort((a, b) => a - b);
const mean = Math.round(counts.reduce((a, b) => a + b) / counts.length);
const right = rows.filter((row) => row.class === labels[row.image * RECORD]).length;
const steps = rows.reduce((sum, row) => sum + row.steps, 0) / rows.length;
const words = (n) => n.toLocaleString('en');
process.stdout.write(
  `${rows.length} images: ${right} right, ${((100 * right) / rows.length).toFixed(1)} %; ${unit} per image: ` +
    `mean ${words(mean)}, 99th percentile ${words(counts[Math.ceil(counts.length * 0.99) - 1])}, ` +
    `worst ${words(counts.at(-1))}; ${steps.toFixed(2)} steps\n`,
);
