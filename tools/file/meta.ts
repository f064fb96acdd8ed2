/** The META section: the engine never reads it, so a damaged one costs the names and nothing else. */
import type { Meta } from '../model.ts';
import { printable } from '../terminal/printable.ts';

export function readMeta(section: DataView): Meta {
  const found = parse(new TextDecoder().decode(section));
  const { units, normalization, ...names } = found;
  const numbers = Array.isArray(units) && units.every((u) => Number.isFinite(u) && u > 0);
  return {
    ...names,
    name: typeof found.name === 'string' ? printable(found.name) : '',
    labels: strings(found.labels),
    layers: strings(found.layers),
    ...(numbers ? { units: units as number[] } : {}),
    ...(isNormalization(normalization) ? { normalization } : {}),
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) && value.every((v) => typeof v === 'string') ? value.map(printable) : [];
}

function isNormalization(value: unknown): value is NonNullable<Meta['normalization']> {
  const { mean, std, order } = (value ?? {}) as Record<string, unknown>;
  if (![undefined, 'rgb', 'bgr'].includes(order as string | undefined)) return false;
  return [mean, std].every((list) => Array.isArray(list) && list.every((v) => typeof v === 'number'));
}
