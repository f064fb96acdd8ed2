/**
 * What each status of the engine means to a person; assembly/wasi/messages.ts says the same for wasmtime, where strings
 * cannot be shared, with one sentence for all bad records; a test compares them.
 */
import * as S from '../assembly/shared/status.ts';

const MESSAGES: Record<number, string> = {
  [S.STATUS_TRUNCATED]: 'size: the file is truncated; copy it again',
  [S.STATUS_MAGIC]: 'magic: this is not a .snn file; make one with snn convert',
  [S.STATUS_VERSION]: 'version: packed for another engine; make it anew with snn convert',
  [S.STATUS_SIZE]: 'size: the file is longer than its header says; copy it again',
  [S.STATUS_CRC]: 'CRC: the file is damaged; copy it or pack it again',
  [S.STATUS_SECTION]: 'sections: they overlap or leave the file; make it anew with snn convert',
  [S.STATUS_NET]: 'network: a field is out of range; make it anew with snn convert',
  [S.STATUS_LAYER]: 'layers: a field is out of range; make it anew with snn convert',
  [S.STATUS_PROJECTION]: 'projections: they do not fit their layers; make it anew with snn convert',
  [S.STATUS_ARENA]: 'memory: the network needs more than there is; use a smaller one',
};

export function statusMessage(status: number): string {
  return MESSAGES[status] ?? `status ${status}: unknown to this host; update it`;
}

/** A model that the engine refuses. */
export class ModelError extends Error {
  readonly status: number;
  /** Process exit code for command lines. */
  readonly code = S.EXIT_MODEL;

  constructor(status: number) {
    super(statusMessage(status));
    this.name = 'ModelError';
    this.status = status;
  }
}
