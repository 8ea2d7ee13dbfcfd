/** A mistake in the text, with the line and column (both from 1) where it was found. */
export class CsvError extends Error {
  constructor(problem, { line, column }) {
    super(`line ${line}, column ${column}: ${problem}`);
    this.name = 'CsvError';
    this.line = line;
    this.column = column;
  }
}

function placeOf(text, offset) {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** Reads a quoted field whose opening quote is at `start`. */
function readQuoted(text, start) {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) throw new CsvError('this quoted field is never closed', placeOf(text, start));
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

function readPlain(text, start, separator) {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') {
    if (text[end] === '"') throw new CsvError('a quote inside a field that is not quoted', placeOf(text, end));
    end += 1;
  }
  return { value: text.slice(start, end), end };
}

/** Length of the line break at `offset`: 0 when there is none. */
function lineBreakAt(text, offset) {
  if (text[offset] === '\n') return 1;
  if (text[offset] !== '\r') return 0;
  return text[offset + 1] === '\n' ? 2 : 1;
}

/**
 * Splits CSV text (RFC 4180) into rows of fields. A line break at the end adds no row.
 * @param {string} text
 * @param {{ separator?: string }} [options]
 * @returns {string[][]}
 */
export function parseCsv(text, { separator = ',' } = {}) {
  const rows = [];
  let row = [];
  let offset = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (offset < text.length) {
    const field = text[offset] === '"' ? readQuoted(text, offset) : readPlain(text, offset, separator);
    row.push(field.value);
    offset = field.end;
    if (text[offset] === separator) {
      offset += 1;
      if (offset < text.length) continue;
      row.push('');
    }
    const lineBreak = lineBreakAt(text, offset);
    if (lineBreak === 0 && offset < text.length) throw new CsvError('text after a closing quote', placeOf(text, offset));
    rows.push(row);
    row = [];
    offset += lineBreak;
  }
  return rows;
}
