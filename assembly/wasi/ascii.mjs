// An asc transform: ascii('text') becomes a zero-terminated block of bytes, memory.data<u8>([116, 101, …, 0]).
// Ordinary strings would cost two bytes a letter and a header each: 4 KB of this command.
import * as asc from 'assemblyscript';

export function afterParse(parser) {
  for (const source of parser.sources) {
    if (source.internalPath.startsWith('assembly/wasi')) visit(source.statements, parser, new Set());
  }
}

/** Finds the calls wherever they stand: every property that is a node, or a list of nodes, is looked into. */
function visit(value, parser, seen) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  const [text] = value.args ?? [];
  if (value.expression?.text === 'ascii' && typeof text?.value === 'string') {
    const bytes = Buffer.from(`${text.value}\0`, 'latin1').join();
    const snippet = new asc.Source(asc.SourceKind.User, 'ascii.ts', `memory.data<u8>([${bytes}])`);
    const data = parser.parseExpression(new asc.Tokenizer(snippet, []));
    Object.assign(value, { expression: data.expression, typeArguments: data.typeArguments, args: data.args });
  }
  for (const key of Object.keys(value)) if (key !== 'range') visit(value[key], parser, seen);
}
