import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAnyGlobMatch, isGlobMatch } from './glob.ts'

describe('isGlobMatch', () => {
  it.each([
    ['main', 'main', true],
    ['main', 'Main', false],
    ['main', 'main2', false],
    ['main', 'xmain', false],
    ['', '', true],
    ['', 'main', false],
    ['*', 'main', true],
    ['*', '', true],
    ['*', 'feature/a', true],
    ['*a', 'feature/a', false],
    ['**', 'feature/a/b', true],
    ['**', '', true],
    ['release/*', 'release/1.0', true],
    ['release/*', 'release/1.0/hotfix', false],
    ['release/*', 'release', false],
    ['release/**', 'release/1.0/hotfix', true],
    ['release/**', 'release', false],
    ['release-*', 'release-2.x', true],
    ['*-stable', '1-2-stable', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'ab', false],
    ['a*bc', 'abbc', true],
    ['v?.?', 'v1.2', true],
    ['v?.?', 'v1.20', false],
    ['a?b', 'a/b', false],
    ['**/docs', 'docs', true],
    ['**/docs', 'a/b/docs', true],
    ['**/docs', 'adocs', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/xb', false],
    ['a**/b', 'ax/y/b', true],
    ['a**/b', 'ab', false],
    ['**/*.ts', 'src/lib/glob.ts', true],
    ['**/*.ts', 'glob.ts', true],
    ['src/**/test/**', 'src/a/test/b/c', true],
    ['feature/[a-z]', 'feature/b', false],
    ['feature/[a-z]', 'feature/[a-z]', true],
    ['a.c', 'abc', false],
    ['(a|b)+', 'a', false],
    ['a\\*', 'a*', false],
    ['a\\*', 'a\\x', true],
    ['^main$', 'main', false],
    ['?', '🚀', true],
    ['*', 'a\nb', true],
    ['main', 'main\n', false],
  ])('%j on %j is %j', (glob, text, want) => {
    expect(isGlobMatch(glob, text)).toBe(want)
  })

  it('takes no text without wildcards but itself', () => {
    const literal = fc.string({ unit: 'binary' }).filter((text) => !/[*?]/.test(text))
    fc.assert(
      fc.property(literal, literal, (glob, text) => {
        expect(isGlobMatch(glob, text)).toBe(glob === text)
      }),
    )
  })

  it('agrees with the same glob written as a regular expression', () => {
    const glob = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '**', '?'), { maxLength: 8 })
      .map((parts) => parts.join(''))
    const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 10 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(glob, text, (pattern, candidate) => {
        expect(isGlobMatch(pattern, candidate)).toBe(toRegExp(pattern).test(candidate))
      }),
      { numRuns: 2000 },
    )
  })

  it('agrees with it also where the glob is longer than a word of the machine', () => {
    const glob = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '**', '?', '**/', 'ab/', 'aaaaaaaa'), { minLength: 30, maxLength: 70 })
      .map((parts) => parts.join('').replaceAll(/\*{3,}/g, '**'))
    const pair = glob.chain((pattern) => fc.tuple(fc.constant(pattern), drawText(pattern)))
    fc.assert(
      fc.property(pair, ([pattern, candidate]) => {
        expect(isGlobMatch(pattern, candidate)).toBe(matchesSlowly(pattern, candidate))
      }),
      { numRuns: 500 },
    )
  })

  it('answers in time on a glob that makes backtracking matchers explode', () => {
    const started = performance.now()
    expect(isGlobMatch('*a'.repeat(60) + 'b', 'a'.repeat(2000))).toBe(false)
    expect(isGlobMatch('**a'.repeat(60) + 'b', 'a'.repeat(2000))).toBe(false)
    // Few wildcards, but each character of the text may be where one ends.
    expect(isGlobMatch(`**${'a'.repeat(2000)}b`, 'a'.repeat(60_000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('isAnyGlobMatch', () => {
  it('asks for one match', () => {
    expect(isAnyGlobMatch(['main', 'release/*'], 'release/1')).toBe(true)
    expect(isAnyGlobMatch(['main', 'release/*'], 'feature')).toBe(false)
    expect(isAnyGlobMatch([], 'main')).toBe(false)
  })
})

/** A text that the glob is likely to match, or nearly. */
function drawText(glob: string): fc.Arbitrary<string> {
  const filling = fc.constantFrom('', 'a', 'b', 'ab', 'b/a', '/')
  return fc.array(filling, { minLength: 80, maxLength: 80 }).map((fillings) => {
    let at = 0
    const next = () => fillings[at++ % fillings.length] ?? ''
    return glob.replaceAll(/\*\*\/|\*\*|\*|\?/g, (wildcard) => (wildcard === '?' ? 'a' : next()))
  })
}

const takes = (wanted: string, char: string) =>
  wanted === '**' || (/^[*?]$/.test(wanted) ? char !== '/' : char === wanted)

/** Place by place. */
function matchesSlowly(glob: string, text: string): boolean {
  const parts = [...glob.matchAll(/\*\*\/|\*\*|\*|\?|[^]/gu)].flatMap(({ 0: part, index }) => {
    const startsPart = index === 0 || glob[index - 1] === '/'
    return part === '**/' && !startsPart ? ['**', '/'] : [part]
  })
  const known = new Map<string, boolean>()
  const match = (part: number, at: number): boolean => {
    const key = `${part} ${at}`
    const found = known.get(key) ?? judge(part, at)
    known.set(key, found)
    return found
  }
  const judge = (part: number, at: number): boolean => {
    const wanted = parts[part]
    const char = text[at]
    if (wanted === undefined) return char === undefined
    if (wanted === '**/') {
      const slash = text.indexOf('/', at)
      return match(part + 1, at) || (slash !== -1 && match(part, slash + 1))
    }
    const isTaken = char !== undefined && takes(wanted, char)
    if (wanted === '**' || wanted === '*') return match(part + 1, at) || (isTaken && match(part, at + 1))
    return isTaken && match(part + 1, at + 1)
  }
  return match(0, 0)
}

/** The slow, obvious way. */
function toRegExp(glob: string): RegExp {
  if (glob === '*') return /^[^]*$/u
  let source = ''
  for (const { 0: part, index } of glob.matchAll(/\*\*\/|\*\*|\*|\?|[^]/gu)) {
    const startsPart = index === 0 || glob[index - 1] === '/'
    if (part === '**/') source += startsPart ? '(?:[^/]*/)*' : '[^]*/'
    else if (part === '**') source += '[^]*'
    else if (part === '*') source += '[^/]*'
    else if (part === '?') source += '[^/]'
    else source += part.replace(/[\\/^$.|?*+()[\]{}]/g, '\\$&')
  }
  return new RegExp(`^${source}$`, 'u')
}
