/** Text as zero-terminated bytes; ascii.mjs replaces every call while the command is compiled. */
export declare function ascii(text: string): usize;
