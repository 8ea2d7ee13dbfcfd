/** Far more than any forge sends: a push of 2,000 commits has 100,000. JSON full of small values takes thirty times its size. */
export const mostValues = 500_000

const [quote, backslash] = [0x22, 0x5c]
/** Each value but the first of a list or object has a comma before it, and each list and object a bracket. */
const marks: readonly number[] = [0x2c, 0x5b, 0x7b]
const isMark = Uint8Array.from({ length: 256 }, (_, byte) => (marks.includes(byte) ? 1 : 0))

/** Whether JSON may hold more values than that, told without parsing it, in time proportional to its bytes. */
export function hasTooManyValues(json: Uint8Array, most: number = mostValues): boolean {
  if (json.length <= most) return false
  let count = 0
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0
    if (byte === quote) at = skipText(json, at + 1)
    else if (isMark[byte] === 1 && ++count > most) return true
  }
  return false
}

/** The index of the quote that ends the text which starts here, or of the end. */
function skipText(json: Uint8Array, start: number): number {
  let at = start
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1
  return at
}
