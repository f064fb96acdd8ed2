import { expect, test } from 'vitest';
import { ofImages } from '../../tools/terminal/stages.ts';

test('a share of few images says how far the truth may be away: Wilson’s interval', () => {
  // Of Wilson (1927), z = 1.96: 50 of 100 are 40.38 to 59.62 %, 24 of 24 are 86.2 to 100 %.
  expect(ofImages(0.5, 100)).toBe('100 images (±9.6 points)');
  expect(ofImages(1, 24)).toBe('24 images (±6.9 points)');
  expect(ofImages(0.5, 1000)).toBe('1000 images');
});
