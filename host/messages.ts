/**
 * What each status of the engine means to a person; assembly/wasi/messages.ts says the same for wasmtime,
 * where strings cannot be shared; a test compares them.
 */
import * as S from '../assembly/shared/status.ts';

const MESSAGES: Record<number, string> = {
  [S.STATUS_TRUNCATED]: 'size: the file is truncated; copy it again',
  [S.STATUS_MAGIC]: 'magic: this is not a .snn file; make one with snn convert',
  [S.STATUS_VERSION]: 'version: packed by another version of the tool; convert the model again',
  [S.STATUS_SIZE]: 'size: the file is longer than its header says; copy it again',
  [S.STATUS_CRC]: 'CRC: the file is damaged; copy it or pack it again',
  [S.STATUS_SECTION]: 'section table: unknown, missing or misplaced section; convert the model again',
  [S.STATUS_NET]: 'NET section: a field is out of range; convert the model again',
  [S.STATUS_LAYER]: 'LAYR section: a field is out of range; convert the model again',
  [S.STATUS_SYNAPSES]: 'SYNA section: shapes or weights do not fit their layers; convert the model again',
  [S.STATUS_NEURON]: 'NEUR section: a threshold is out of range; convert the model again',
  [S.STATUS_EXIT]: 'EXIT section: exits do not fit the layers; convert the model again',
  [S.STATUS_FUSION]: 'FUSE section: the fusion table is malformed; convert the model again',
  [S.STATUS_STOP]: 'STOP section: the stop table is malformed; convert the model again',
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
