/** What each status of the engine means; the words of host/messages.ts, which a test compares. */

import * as X from '../shared/status';
import { ascii } from './ascii';

export function statusMessage(status: i32): usize {
  if (status === X.STATUS_TRUNCATED) return ascii('size: the file is truncated; copy it again');
  if (status === X.STATUS_MAGIC) return ascii('magic: this is not a .snn file; make one with snn convert');
  if (status === X.STATUS_VERSION)
    return ascii('version: packed for another engine; make it anew with snn convert');
  if (status === X.STATUS_SIZE) return ascii('size: the file is longer than its header says; copy it again');
  if (status === X.STATUS_CRC) return ascii('CRC: the file is damaged; copy it or pack it again');
  if (status === X.STATUS_ARENA)
    return ascii('memory: the network needs more than there is; use a smaller one');
  return ascii('records: a field is out of range; make it anew with snn convert');
}
