const numberPattern = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/** Reads a field as the JSON value it looks like. A number that would lose digits stays text. */
export function toValue(field) {
  if (field === '') return null;
  if (field === 'true') return true;
  if (field === 'false') return false;
  if (!numberPattern.test(field)) return field;
  const number = Number(field);
  const isExact = Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
  return isExact ? number : field;
}

function checkHeader(header) {
  const seen = new Set();
  for (const name of header) {
    if (name === '') throw new Error('the header has an empty column name');
    if (seen.has(name)) throw new Error(`the header names the column "${name}" twice`);
    seen.add(name);
  }
}

/**
 * Makes one object of each row after the header.
 * @param {string[][]} rows
 * @param {{ types?: boolean }} [options]
 */
export function toObjects(rows, { types = false } = {}) {
  const [header, ...body] = rows;
  if (header === undefined) return [];
  checkHeader(header);
  return body.map((row, index) => {
    if (row.length !== header.length) {
      throw new Error(`row ${index + 2} has ${row.length} fields, the header has ${header.length}`);
    }
    return Object.fromEntries(header.map((name, column) => [name, types ? toValue(row[column]) : row[column]]));
  });
}
