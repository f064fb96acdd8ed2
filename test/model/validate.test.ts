/** Every check of the validator alone: a model that differs from an accepted one in what this check is for. */
import { describe, expect, test } from 'vitest';
import { STATUS_OK } from '../../assembly/shared/status.ts';
import { BUILDS, measure, open, start } from '../drivers/engine.ts';
import { CHECKS } from './checks.ts';

const NET = 65536;

describe.each(BUILDS)('$name', ({ module }) => {
  describe.each(CHECKS)('%s', (_, checks) => {
    test.each(checks)('$name: $status', ({ status, bad, good }) => {
      const engine = start(module);
      expect(-measure(engine, bad())).toBe(status);
      // Without the CRC, open checks all of it anew.
      expect(open(engine, bad(), NET, 1 << 20)).toBe(status);
      if (good === undefined) return;
      const size = measure(engine, good());
      expect(size).toBeGreaterThan(STATUS_OK);
      // Some of the largest that are right do not fit beside their arenas here.
      if (size < 1 << 20) expect(open(engine, good(), NET, size)).toBe(STATUS_OK);
    });
  });
});
