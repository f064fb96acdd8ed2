// A page: every picture goes through a real canvas.
import { answers } from './answers.mjs';

async function main() {
  const bytes = new Uint8ClampedArray(await (await fetch('/images.rgba')).arrayBuffer());
  const size = 28 * 28 * 4;
  const context = new OffscreenCanvas(28, 28).getContext('2d', { willReadFrequently: true });
  const pictures = [];
  for (let at = 0; at < bytes.length; at += size) {
    context.putImageData(new ImageData(bytes.slice(at, at + size), 28), 0, 0);
    pictures.push(context.getImageData(0, 0, 28, 28));
  }
  const told = [
    await answers('/mnist.snn', pictures),
    await answers(new URL('/mnist.snn', location.href), pictures),
  ];
  const shared = typeof SharedArrayBuffer === 'function';
  const missing = await answers('/nothing.snn', pictures).catch((error) => error.message);
  return { told, shared, missing };
}

window.result = main().catch((error) => ({ error: `${error.stack}` }));
