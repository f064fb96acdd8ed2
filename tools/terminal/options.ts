/** Parsers of command line values, with the message that a person needs. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    // Digits alone: Number() takes blanks, hex and exponents too.
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(
        `give a whole number from ${low}${high === Number.MAX_SAFE_INTEGER ? ' on' : ` to ${high}`}`,
      );
    }
    return value;
  };
}

export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = decimal(text);
    if (!(value >= low && value <= high))
      throw new InvalidArgumentError(`give a number from ${low} to ${high}`);
    return value;
  };
}

/** Digits with a point among them or none; NaN for anything else. */
function decimal(text: string): number {
  return /^-?(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
}

/** "0.49,0.48,0.45" */
export function numbers(text: string): number[] {
  const values = text.split(',').map(decimal);
  if (values.some((v) => !Number.isFinite(v)))
    throw new InvalidArgumentError('give numbers with commas between them');
  return values;
}

/** "ape,bee,cat" */
export function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.includes('') || new Set(list).size < list.length)
    throw new InvalidArgumentError('give names with commas between them, each once');
  return list;
}
