/** A thread of a Batch in Node. */
import { parentPort } from 'node:worker_threads';
import { serve } from './batch.ts';

parentPort?.on(
  'message',
  serve((message) => parentPort?.postMessage(message)),
);
