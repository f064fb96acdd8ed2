// An asc transform: all ascii('text') become one block of zero-terminated bytes, every call the address of its text.
// Ordinary strings would cost two bytes a letter and a header each, 4 KB of this command; a block each, half a KB.
import * as asc from 'assemblyscript';

export function afterParse(parser) {
  const offsets = new Map();
  let bytes = 0;
  const parse = (code) =>
    parser.parseExpression(new asc.Tokenizer(new asc.Source(asc.SourceKind.User, 'ascii.ts', code), []));
  const sources = parser.sources.filter((source) => source.internalPath.startsWith('assembly/wasi'));
  eachCall(sources, (call) => {
    const [text] = call.args;
    if (call.expression.text !== 'ascii' || typeof text?.value !== 'string') return;
    if (!offsets.has(text.value)) {
      offsets.set(text.value, bytes);
      bytes += text.value.length + 1;
    }
    call.args = [parse(`${offsets.get(text.value)}`)];
  });
  const block = parse(`[${Buffer.from([...offsets.keys(), ''].join('\0'), 'latin1').join()}]`);
  const texts = sources.filter((source) => source.internalPath === 'assembly/wasi/ascii');
  eachCall(texts, (call) => {
    if (call.expression.property?.text === 'data') call.args = [block];
  });
}

/** Finds calls wherever they stand: every property that is a node, or a list of nodes, is looked into. */
function eachCall(value, visit, seen = new Set()) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (value.expression !== undefined && Array.isArray(value.args)) visit(value);
  for (const key of Object.keys(value)) if (key !== 'range') eachCall(value[key], visit, seen);
}
