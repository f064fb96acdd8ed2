/** What each status of the engine means; the same words as host/messages.ts, which a test compares. */

import * as X from '../shared/status';
import { ascii } from './ascii';

export function statusMessage(status: i32): usize {
  if (status === X.STATUS_TRUNCATED) return ascii('size: the file is truncated; copy it again');
  if (status === X.STATUS_MAGIC) return ascii('magic: this is not a .snn file; make one with snn convert');
  if (status === X.STATUS_VERSION)
    return ascii('version: packed by another version of the tool; convert the model again');
  if (status === X.STATUS_SIZE) return ascii('size: the file is longer than its header says; copy it again');
  if (status === X.STATUS_CRC) return ascii('CRC: the file is damaged; copy it or pack it again');
  if (status === X.STATUS_SECTION)
    return ascii('section table: unknown, missing or misplaced section; convert the model again');
  if (status === X.STATUS_NET) return ascii('NET section: a field is out of range; convert the model again');
  if (status === X.STATUS_LAYER)
    return ascii('LAYR section: a field is out of range; convert the model again');
  if (status === X.STATUS_SYNAPSES)
    return ascii('SYNA section: shapes or weights do not fit their layers; convert the model again');
  if (status === X.STATUS_NEURON)
    return ascii('NEUR section: a threshold is out of range; convert the model again');
  if (status === X.STATUS_EXIT)
    return ascii('EXIT section: exits do not fit the layers; convert the model again');
  if (status === X.STATUS_FUSION)
    return ascii('FUSE section: the fusion table is malformed; convert the model again');
  if (status === X.STATUS_STOP)
    return ascii('STOP section: the stop table is malformed; convert the model again');
  if (status === X.STATUS_ARENA)
    return ascii('memory: the network needs more than there is; use a smaller one');
  return ascii('refused for a reason that this command does not know; update it');
}
