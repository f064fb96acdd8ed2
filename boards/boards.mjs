/** The boards that a firmware can be built for and, all but the ESP32-C3, emulated. */
import { Missing } from './build/program.mjs';
import { CORTEX_M } from './cortex-m/board.mjs';
import { ESP32C3 } from './esp32c3/board.mjs';
import { RISCV } from './riscv/board.mjs';
import { RP2040 } from './rp2040/board.mjs';

export const BOARDS = [...CORTEX_M, RP2040, RISCV, ESP32C3];

export function boardOf(id) {
  const board = BOARDS.find((b) => b.id === id);
  if (board === undefined)
    throw new Missing(`no board ${id}; there are ${BOARDS.map((b) => b.id).join(', ')}`);
  return board;
}
