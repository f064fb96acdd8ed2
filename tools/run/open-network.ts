/** A thread's network: opened with its first slice and kept for the next ones. */
import { load, type Network } from '../../host/node.ts';

let opened: { model: Uint8Array; network: Promise<Network> } | undefined;

export function openNetwork(model: Uint8Array): Promise<Network> {
  if (opened === undefined || Buffer.compare(opened.model, model) !== 0)
    opened = { model, network: load(model) };
  return opened.network;
}
