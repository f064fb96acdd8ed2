/** A table of the benchmark's page, with its title. */
import type { Column } from '../tools/terminal/table.ts';

export interface Section {
  title: string;
  /** A line above the table. */
  text: string;
  columns: Column[];
  rows: string[][];
}

export const left = (head: string): Column => ({ head, align: 'left' });
export const right = (head: string): Column => ({ head });
