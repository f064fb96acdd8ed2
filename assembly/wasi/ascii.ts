/**
 * Text as zero-terminated bytes: ascii('text'). While the command is compiled, ascii.mjs gathers all texts in TEXTS and
 * replaces each in its call by its offset there.
 */
const TEXTS: usize = memory.data<u8>([]);

export function ascii(text: usize): usize {
  return TEXTS + text;
}
