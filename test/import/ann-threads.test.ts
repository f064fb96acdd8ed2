/** In a file, hence a process, of its own: nothing here has started the runtime before. */
import { expect, test, vi } from 'vitest';
import { around, node } from './models.ts';

test('the ANN leaves nothing behind that keeps the process alive, and says nothing', async () => {
  const spies = (['log', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level));
  const { Ann } = await import('../../tools/import/ann.ts');
  const before = process.getActiveResourcesInfo().toSorted();
  const ann = await Ann.open(around([node('Relu', ['conv'], 'h')]));
  await ann.run(new Float32Array(72), 2);
  expect(process.getActiveResourcesInfo().toSorted()).toEqual(before);
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});
