/** Pages in a real Chromium, from a server of static files. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, extname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};

/** Debian's chromium; undefined where it is not installed. */
export function chromiumPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path));
}

/** Of `folder`; `isolated`: with the headers that let pages share memory. */
export async function serveFiles(
  folder: string,
  isolated: boolean,
): Promise<{ server: Server; address: string }> {
  const headers: Record<string, string> = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {};
  const server = createServer(({ url = '' }, answer) => {
    const path = join(folder, new URL(url, 'http://localhost').pathname);
    if (!existsSync(path)) return void answer.writeHead(404).end();
    answer.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream', ...headers });
    answer.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath });
}

/** What the page's program leaves in window.result, and all that the console said. */
export async function resultOf<T>(browser: Browser, address: string): Promise<{ result: T; said: string[] }> {
  const page = await browser.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  try {
    await page.goto(address);
    await page.waitForFunction('window.result !== undefined', undefined, { timeout: 20_000 });
    return { result: (await page.evaluate('window.result')) as T, said };
  } finally {
    await page.close();
  }
}
