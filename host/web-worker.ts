/** A thread of a Batch in a browser. */
import { serve } from './batch.ts';

const answer = serve((message) => postMessage(message));
addEventListener('message', (event) => void answer((event as MessageEvent<unknown>).data));
