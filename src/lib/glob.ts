/**
 * Globs over branch names and paths. `*` stands for any characters but `/`, `?` for one character but `/`, `**` for any
 * characters, and a part that is `**` alone also for no part at all (`**` + `/docs` matches `docs`). Everything else
 * stands for itself, brackets and backslashes too. A lone `*` matches everything: it is how the data model writes "all
 * branches".
 */

type Token =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'part' }
  | { readonly kind: 'any' }
  /** Zero or more whole parts, each with its slash: what `**` with a slash stands for at the start of a part. */
  | { readonly kind: 'parts' }

/**
 * Does the glob match the whole text? Takes a time proportional to the text and to a 32nd of the glob, whatever is in them:
 * all places of the glob that the text may have come to are kept as bits, and move on together.
 */
export function isGlobMatch(glob: string, text: string): boolean {
  if (glob === '*') return true
  if (!/[*?]/.test(glob)) return glob === text
  return matches(findAutomaton(glob), text)
}

/** Is the text matched by one of the globs? */
export function isAnyGlobMatch(globs: readonly string[], text: string): boolean {
  return globs.some((glob) => isGlobMatch(glob, text))
}

function parseGlob(glob: string): Token[] {
  const tokens: Token[] = []
  const pattern = /\*\*\/|\*\*|\*|\?|[^]/gu
  for (const { 0: text, index } of glob.matchAll(pattern)) {
    const startsPart = index === 0 || glob[index - 1] === '/'
    if (text === '**/') tokens.push(...(startsPart ? PARTS : ANY_THEN_SLASH))
    else if (text === '**') tokens.push({ kind: 'any' })
    else if (text === '*') tokens.push({ kind: 'part' })
    else if (text === '?') tokens.push({ kind: 'one' })
    else tokens.push({ kind: 'char', char: text })
  }
  return joinRepeated(tokens)
}

const PARTS: readonly Token[] = [{ kind: 'parts' }]
const ANY_THEN_SLASH: readonly Token[] = [{ kind: 'any' }, { kind: 'char', char: '/' }]

/** Two that may stand for nothing are one, the wider of them; only `any` and `part` may still follow `parts`. */
function joinRepeated(tokens: readonly Token[]): Token[] {
  const joined: Token[] = []
  for (const token of tokens) {
    const last = joined.at(-1)
    const isSame = last?.kind === token.kind && (isRepeated(token) || token.kind === 'parts')
    if (last !== undefined && isRepeated(last) && isRepeated(token)) {
      joined[joined.length - 1] = last.kind === 'any' ? last : token
    } else if (!isSame) joined.push(token)
  }
  return joined
}

function isRepeated(token: Token): boolean {
  return token.kind === 'any' || token.kind === 'part'
}

/** One bit for each place in the glob, 32 to a word. */
type Bits = Int32Array

/** What a character does: which places it leads one on from, and in which it is stayed. */
interface Move {
  readonly step: Bits
  readonly stay: Bits
}

interface Automaton {
  /** The last place, where all of the glob has been used. */
  readonly end: number
  /** Of the characters that the glob holds, and of the slash. */
  readonly moves: ReadonlyMap<string, Move>
  /** Of all others. */
  readonly move: Move
  /** Places within a part that `parts` stands for: a slash leads one back. */
  readonly back: Bits
  /** Places that may be left without a character, by one or by two. */
  readonly skipOne: Bits
  readonly skipTwo: Bits
}

/** A filter's few globs are held against many files. Longer ones are rare, and large. */
const mostKept = 256
const longestKept = 512
const kept = new Map<string, Automaton>()

function findAutomaton(glob: string): Automaton {
  const known = kept.get(glob)
  if (known !== undefined) return known
  const made = buildAutomaton(parseGlob(glob))
  if (kept.size >= mostKept) kept.clear()
  if (glob.length <= longestKept) kept.set(glob, made)
  return made
}

function buildAutomaton(tokens: readonly Token[]): Automaton {
  const end = tokens.reduce((sum, { kind }) => sum + (kind === 'parts' ? 2 : 1), 0)
  const make = (): Bits => new Int32Array((end >>> 5) + 1)
  const [step, stay, stayOnSlash, back, skipOne, skipTwo] = [make(), make(), make(), make(), make(), make()]
  const chars = new Map<string, Bits>([['/', make()]])
  let place = 0
  for (const token of tokens) {
    if (token.kind === 'char') {
      const bits = chars.get(token.char) ?? make()
      set(bits, place)
      chars.set(token.char, bits)
    } else if (token.kind === 'one') set(step, place)
    else if (token.kind === 'parts') {
      for (const bits of [step, stayOnSlash, skipTwo]) set(bits, place)
      place += 1
      for (const bits of [stay, back]) set(bits, place)
    } else for (const bits of token.kind === 'any' ? [stay, stayOnSlash, skipOne] : [stay, skipOne]) set(bits, place)
    place += 1
  }
  for (const [char, bits] of chars) if (char !== '/') step.forEach((word, at) => (bits[at] = (bits[at] ?? 0) | word))
  const moves = [...chars].map(
    ([char, bits]) => [char, { step: bits, stay: char === '/' ? stayOnSlash : stay }] as const,
  )
  return { end, moves: new Map(moves), move: { step, stay }, back, skipOne, skipTwo }
}

function set(bits: Bits, place: number): void {
  bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31))
}

function matches(automaton: Automaton, text: string): boolean {
  const { end, moves, move } = automaton
  let reached: Bits = new Int32Array((end >>> 5) + 1)
  let next: Bits = new Int32Array(reached.length)
  reached[0] = 1
  skip(reached, automaton)
  for (const char of text) {
    const isSlash = char === '/'
    const moved = advance(reached, next, moves.get(char) ?? move)
    const isLost = isSlash ? !goBack(reached, next, automaton) && !moved : !moved
    if (isLost) return false
    skip(next, automaton)
    ;[reached, next] = [next, reached]
  }
  return (((reached[end >>> 5] ?? 0) >>> (end & 31)) & 1) === 1
}

/** Gives back whether any place is reached. */
function advance(from: Bits, to: Bits, { step, stay }: Move): boolean {
  let carry = 0
  let all = 0
  for (let at = 0; at < from.length; at++) {
    const word = from[at] ?? 0
    const moved = word & (step[at] ?? 0)
    const next = (moved << 1) | carry | (word & (stay[at] ?? 0))
    to[at] = next
    all |= next
    carry = moved >>> 31
  }
  return all !== 0
}

function goBack(from: Bits, to: Bits, { back }: Automaton): boolean {
  let all = 0
  for (let at = 0; at < from.length; at++) {
    const moved = (from[at] ?? 0) & (back[at] ?? 0)
    to[at] = (to[at] ?? 0) | (moved >>> 1)
    if (at > 0) to[at - 1] = (to[at - 1] ?? 0) | (moved << 31)
    all |= moved
  }
  return all !== 0
}

/** First out of `parts`: what follows it may stand for nothing too, but not the other way round. */
function skip(bits: Bits, { skipOne, skipTwo }: Automaton): void {
  shiftInto(bits, skipTwo, 2)
  shiftInto(bits, skipOne, 1)
}

function shiftInto(bits: Bits, mask: Bits, by: number): void {
  let carry = 0
  for (let at = 0; at < bits.length; at++) {
    const from = (bits[at] ?? 0) & (mask[at] ?? 0)
    bits[at] = (bits[at] ?? 0) | (from << by) | carry
    carry = from >>> (32 - by)
  }
}
