import { expect, test } from 'vitest';
import { readMeta } from '../../tools/file/meta.ts';

const meta = (text: string) => readMeta(new DataView(new TextEncoder().encode(text).buffer));

test('a damaged section costs the names and nothing else', () => {
  const none = { name: '', labels: [], layers: [] };
  for (const bad of ['', '{', 'null', '7', '[]', '{"name":1,"labels":{"a":1},"layers":[1],"units":["x"]}'])
    expect(meta(bad)).toMatchObject(none);
  const damaged = meta('{"name":"n","labels":["a"],"layers":7,"units":[1],"normalization":{"mean":[1]}}');
  expect(damaged).toEqual({ name: 'n', labels: ['a'], layers: [], units: [1] });
  const whole = {
    name: 'n',
    labels: ['a'],
    layers: ['l'],
    units: [2],
    normalization: { mean: [0], std: [1] },
  };
  expect(JSON.stringify(meta(JSON.stringify(whole)))).toBe(JSON.stringify(whole));
});
