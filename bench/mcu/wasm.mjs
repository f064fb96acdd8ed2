/**
 * The module as embedded: its memory has the pages that model and arena need, so that nothing has to grow, and
 * __heap_base and __data_end are exported under other names, so that WAMR does not cut the memory off there.
 */
export function embed(module, bytes) {
  const pages = Math.ceil(bytes / 65536);
  const out = [module.subarray(0, 8)];
  for (let at = 8; at < module.length; ) {
    const id = module[at];
    const [length, body] = leb(module, at + 1);
    let content = module.subarray(body, body + length);
    if (id === 5) content = Uint8Array.from([1, 1, ...toLeb(pages), ...toLeb(pages)]);
    if (id === 7) content = rename(content, ['__heap_base', '__data_end']);
    // Custom sections (names) are of no use to a runtime.
    if (id !== 0) out.push(Uint8Array.from([id, ...toLeb(content.length)]), content);
    at = body + length;
  }
  return Buffer.concat(out);
}

function rename(section, names) {
  const copy = Buffer.from(section);
  for (const name of names) {
    const at = copy.indexOf(name);
    if (at >= 0) copy.write('xx', at);
  }
  return copy;
}

function leb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return [value >>> 0, at];
  }
}

function toLeb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}
