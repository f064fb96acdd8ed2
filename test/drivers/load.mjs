/** TypeScript of the tests for the programs beside them, which Node runs as they are. */
import { runnerImport } from 'vite';

export async function load(file) {
  return (await runnerImport(file, { configFile: false, logLevel: 'error' })).module;
}
