/**
 * `npm run soak [-- --classifications N] [--loads N] [--networks N] [--rounds N] [--json]`: see soak.ts. Exit code 2 where an
 * answer changes or memory grows.
 */
import { parseArgs } from 'node:util';
import { load } from '../drivers/load.mjs';

let values;
try {
  ({ values } = parseArgs({
    options: {
      classifications: { type: 'string', default: '1000000' },
      loads: { type: 'string', default: '10000' },
      networks: { type: 'string', default: '64' },
      rounds: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  }));
} catch (error) {
  end(error.message, 1);
}
const number = (name) => {
  if (!/^[1-9]\d{1,8}$/.test(values[name]))
    end(`--${name} ${values[name]}: give a whole number from 10 on`, 1);
  return Number(values[name]);
};
const [classifications, loads, networks, rounds] = ['classifications', 'loads', 'networks', 'rounds'].map(
  number,
);

const soak = await load('./test/soak/soak.ts');
const parts = [
  () => soak.classifications(classifications),
  () => soak.loads(loads),
  () => soak.threads(networks, rounds),
  () => soak.wasmtimeClassifications(classifications),
  () => soak.wasmtimeLoads(loads),
];
const all = [];
for (const part of parts) {
  const figures = await part().catch((error) => end(error.message, 2));
  all.push(figures);
  if (values.json) continue;
  const mb = (n) => `${(n / 2 ** 20).toFixed(1)} MiB`;
  const { what, times, settled, most } = figures;
  const memory = settled === undefined ? '' : `: ${mb(settled)} after a tenth, then at most ${mb(most)}`;
  console.log(`${times} ${what}, answers unchanged${memory}`);
}
if (values.json) console.log(JSON.stringify(all));
process.exit(0);

function end(message, code) {
  console.error(`soak: ${message}`);
  process.exit(code);
}
