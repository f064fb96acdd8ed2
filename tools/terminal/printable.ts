/** Text from files on a terminal: names that move its cursor, set its title or turn the direction of writing are shown, not obeyed. */

/** Controls, line ends, halves of pairs, and marks that reorder what is beside them. */
const HIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A name, in one line. */
export function printable(name: string): string {
  return name.replace(HIDDEN, '?');
}

/** A whole text or JSON: what is hidden becomes an escape, in JSON the same string. */
export function shown(text: string): string {
  return text.replace(HIDDEN, (c, at: number) => (isMeant(text.slice(at, at + 32)) ? c : escaped(c)));
}

/** What a text of several lines has: line ends, tabs, and colours, which end with their line. */
function isMeant(rest: string): boolean {
  if (rest[0] === '\u001b') return /^\[[\d;]*m/.test(rest.slice(1));
  return rest[0] === '\n' || rest[0] === '\t';
}

function escaped(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
