const start = Buffer.from(',"managedFields":[')
const [quote, backslash, open, close] = Buffer.from('"\\[]')

/**
 * An object's JSON without its first managedFields: up to half of it, and read by nobody here. Cut out of the bytes, since decoding and
 * parsing them costs more than finding their end. The key cannot stand in a text: there its quotes would be escaped.
 */
export function dropManagedFields(line: Buffer): Buffer {
  const from = line.indexOf(start)
  const end = from === -1 ? -1 : findEnd(line, from + start.length)
  return end === -1 ? line : Buffer.concat([line.subarray(0, from), line.subarray(end)])
}

/** The place behind the bracket that closes the list; -1 where there is none. */
function findEnd(line: Buffer, from: number): number {
  let depth = 1
  for (let at = from; at < line.length; at += 1) {
    const byte = line[at]
    if (byte === quote) {
      at = findQuote(line, at + 1)
      if (at === -1) return -1
    } else if (byte === open) {
      depth += 1
    } else if (byte === close) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return -1
}

function findQuote(line: Buffer, from: number): number {
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === backslash) at += 1
    else if (line[at] === quote) return at
  }
  return -1
}
