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

/** Does the glob match the whole text? Takes time proportional to glob × text, whatever is in them. */
export function isGlobMatch(glob: string, text: string): boolean {
  if (glob === '*') return true
  const tokens = parseGlob(glob)
  let reached = closeOver(tokens, new Set([0]))
  for (const char of text) {
    reached = closeOver(tokens, advance(tokens, reached, char))
    if (reached.size === 0) return false
  }
  return reached.has(tokens.length)
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
  return tokens
}

const PARTS: readonly Token[] = [{ kind: 'parts' }]
const ANY_THEN_SLASH: readonly Token[] = [{ kind: 'any' }, { kind: 'char', char: '/' }]

/**
 * The positions after one more character. Inside a `parts` token the position stays, marked by its negative: only a
 * slash leads out of it again.
 */
function advance(tokens: readonly Token[], from: ReadonlySet<number>, char: string): Set<number> {
  const next = new Set<number>()
  for (const at of from) {
    const index = at < 0 ? -at - 1 : at
    const token = tokens[index]
    if (token?.kind === 'parts') next.add(char === '/' ? index : -index - 1)
    else if (token !== undefined && isTaken(token, char)) next.add(isRepeated(token) ? index : index + 1)
  }
  return next
}

function isTaken(token: Token, char: string): boolean {
  if (token.kind === 'char') return token.char === char
  return token.kind === 'any' || char !== '/'
}

function isRepeated(token: Token): boolean {
  return token.kind === 'any' || token.kind === 'part'
}

/** Adds the positions behind tokens that may stand for nothing. */
function closeOver(tokens: readonly Token[], positions: Set<number>): Set<number> {
  for (const at of positions) {
    const token = at < 0 ? undefined : tokens[at]
    if (token !== undefined && (isRepeated(token) || token.kind === 'parts')) positions.add(at + 1)
  }
  return positions
}
