/**
 * A filter that passes over text without secrets at several bytes a look. Each pattern has at least L bytes, so each of
 * its occurrences contains, within its first L bytes, every gram (run of 3 or 4 bytes) that starts at a place divisible
 * by the stride L − gram + 1. Where the gram at such a place is none that patterns have, no pattern starts in the stride.
 */
export interface GramFilter {
  readonly stride: number
  /** Cuts the 4 bytes read at once down to the gram. */
  readonly mask: number
  /** One bit for each hash value. */
  readonly bits: Int32Array
}

const hashBits = 18
const longestStride = 16

/** Patterns are binary strings of 4 bytes or more, one character a byte. */
export function buildGramFilter(patterns: Iterable<string>): GramFilter {
  const list = [...patterns]
  const shortest = list.reduce((length, pattern) => Math.min(length, pattern.length), longestStride + 3)
  const gram = shortest >= 6 ? 4 : 3
  const filter: GramFilter = {
    stride: shortest - gram + 1,
    mask: gram === 4 ? -1 : 0xffffff,
    bits: new Int32Array(1 << (hashBits - 5)),
  }
  for (const pattern of list) {
    for (let at = 0; at < filter.stride; at++) {
      const hash = hashGram(readGram(pattern, at) & filter.mask)
      filter.bits[hash >>> 5] = (filter.bits[hash >>> 5] as number) | (1 << (hash & 31))
    }
  }
  return filter
}

/**
 * The first place from `from` on where a pattern may start, given that none starts before and goes on past it; the last
 * few bytes of the text, which hold no whole gram, always count as such.
 */
export function skipToCandidate(filter: GramFilter, text: DataView, from: number): number {
  const { stride, mask, bits } = filter
  const last = text.byteLength - 4
  let at = from + stride - 1
  while (at <= last) {
    const hash = hashGram(text.getInt32(at, true) & mask)
    if (((bits[hash >>> 5] as number) & (1 << (hash & 31))) !== 0 && isConfirmed(filter, text, at)) break
    at += stride
  }
  return at - stride + 1
}

/**
 * A second look where the first found a gram. All grams of a pattern's first L bytes are known, and the gram found lies
 * in the first or in the second half of them: so either the grams just after it or those just before it are known too.
 */
function isConfirmed(filter: GramFilter, text: DataView, at: number): boolean {
  const count = Math.min(confirmations, (filter.stride - 1) >> 1)
  return (
    areKnown(filter, text, { from: at + 1, to: at + count }) || areKnown(filter, text, { from: at - count, to: at - 1 })
  )
}

const confirmations = 4

/** Are there grams of patterns at all places of the range, as far as the text goes? */
function areKnown({ mask, bits }: GramFilter, text: DataView, { from, to }: { from: number; to: number }): boolean {
  const last = Math.min(to, text.byteLength - 4)
  for (let at = from; at <= last; at++) {
    const hash = hashGram(text.getInt32(at, true) & mask)
    if (((bits[hash >>> 5] as number) & (1 << (hash & 31))) === 0) return false
  }
  return true
}

/** Knuth's multiplicative hash; the constant is 2^32 over the golden ratio. */
function hashGram(gram: number): number {
  return Math.imul(gram, 0x9e3779b1) >>> (32 - hashBits)
}

/** Little-endian, like the reads in the scan; a missing fourth byte is masked away there. */
function readGram(pattern: string, at: number): number {
  const byte = (offset: number) => pattern.charCodeAt(at + offset) || 0
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)
}
