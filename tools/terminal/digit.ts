/** Grey images in a terminal, two rows of pixels per line of text. */
import { styleText } from 'node:util';

const SHADES = ' .:-=+*#%@';
const GAP = '  ';

export interface Picture {
  width: number;
  height: number;
  /** u8 [height][width], 0 is black. */
  pixels: Uint8Array;
  /** Lines below the picture. */
  caption: string[];
  /** false marks the caption. */
  right?: boolean;
}

/** Draws pictures side by side with their captions below; `colour` uses half blocks in the greys of 256 colours. */
export function drawRow(pictures: Picture[], colour: boolean): string {
  const captions = pictures.map(captionOf);
  const widths = pictures.map((p, i) => Math.max(p.width, ...(captions[i] as string[]).map((c) => c.length)));
  const height = Math.max(...pictures.map((p) => Math.ceil(p.height / 2)));
  const lines: string[] = [];
  for (let y = 0; y < height; y++) {
    const parts = pictures.map(
      (p, i) => drawLine(p, y, colour) + ' '.repeat((widths[i] as number) - p.width),
    );
    lines.push(parts.join(GAP));
  }
  for (let i = 0; i < Math.max(...captions.map((c) => c.length)); i++) {
    const parts = pictures.map((p, k) => {
      const text = (captions[k]?.[i] ?? '').padEnd(widths[k] as number);
      // The caller knows what its terminal can do.
      return colour && p.right === false ? styleText('red', text, { validateStream: false }) : text;
    });
    lines.push(parts.join(GAP).trimEnd());
  }
  return lines.join('\n');
}

function captionOf({ caption, right }: Picture): string[] {
  return right === false ? caption.map((line, i) => (i === 0 ? `✗ ${line}` : `  ${line}`)) : caption;
}

function drawLine(p: Picture, line: number, colour: boolean): string {
  if (2 * line >= p.height) return ' '.repeat(p.width);
  let text = '';
  for (let x = 0; x < p.width; x++) {
    const upper = p.pixels[2 * line * p.width + x] ?? 0;
    const lower = p.pixels[(2 * line + 1) * p.width + x] ?? 0;
    if (colour) text += `\x1b[38;5;${grey(upper)};48;5;${grey(lower)}m▀`;
    else text += SHADES[Math.floor(((upper + lower) / 2 / 256) * SHADES.length)];
  }
  return colour ? `${text}\x1b[0m` : text;
}

/** The 24 greys of the 256-colour palette. */
function grey(value: number): number {
  return 232 + Math.floor((value / 256) * 24);
}
