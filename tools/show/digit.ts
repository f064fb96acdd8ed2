/** Grey images in a terminal, two rows of pixels per line of text. */
const SHADES = ' .:-=+*#%@';

export interface Picture {
  width: number;
  height: number;
  /** u8 [height][width], 0 is black. */
  pixels: Uint8Array;
  caption: string[];
}

/** Draws pictures side by side with their captions below; `colour` uses half blocks in 256 colours. */
export function drawRow(pictures: Picture[], colour: boolean): string {
  const height = Math.max(...pictures.map((p) => Math.ceil(p.height / 2)));
  const lines: string[] = [];
  for (let y = 0; y < height; y++) lines.push(pictures.map((p) => drawLine(p, y, colour)).join('  '));
  const captions = Math.max(...pictures.map((p) => p.caption.length));
  for (let i = 0; i < captions; i++) {
    lines.push(
      pictures
        .map((p) => (p.caption[i] ?? '').padEnd(p.width))
        .join('  ')
        .trimEnd(),
    );
  }
  return lines.join('\n');
}

function drawLine(p: Picture, line: number, colour: boolean): string {
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
