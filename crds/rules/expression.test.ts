import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type Expression, isProblem, mostUsualWork, readExpression } from './expression.ts'
import type { ExpressionValues } from './expression-values.ts'

const values: ExpressionValues = {
  branch: 'main',
  event: 'push',
  commit: 'c0ffee0',
  params: { deploy: 'true', count: '3', 'with-dash': 'x' },
  matrix: { os: 'linux' },
  changedFiles: ['src/main.ts', 'docs/index.md'],
  steps: new Map([
    ['unit', { phase: 'Failed', reason: 'ExitCode', exitCode: 3 }],
    ['skipped', { phase: 'Skipped', reason: 'ConditionNotMet' }],
  ]),
}
const pullRequest = { number: 7, fork: true, author: 'octocat', targetBranch: 'main' }

function evaluate(text: string, more: Partial<ExpressionValues> = {}): boolean | string {
  const read = readExpression(text)
  if (isProblem(read)) return `unreadable: ${read.message}`
  const value = read.evaluate({ ...values, ...more })
  return isProblem(value) ? value.message : value
}

describe('an expression', () => {
  it.each([
    ['branch == "main"', true],
    ['branch.startsWith("release-")', false],
    ['branch.glob("ma*") && !branch.glob("m?")', true],
    ['"features/a/b".glob("features/*")', false],
    ['tag == ""', true],
    ['event in ["push", "tag"]', true],
    ['commit.size() == 7', true],
    ['pullRequest == null', true],
    ['pullRequest != null && pullRequest.fork', false],
    ['params.deploy == "true" && int(params.count) > 2', true],
    ['params["with-dash"] == "x"', true],
    ['bool(params.deploy)', true],
    ['has(params.other) || "deploy" in params', true],
    ['matrix.os == "linux" ? branch == "main" : false', true],
    ['changedFiles.exists(f, f.endsWith(".md"))', true],
    ['changedFiles.all(f, ["src/", "docs/"].exists(d, f.startsWith(d)))', true],
    ['changedFiles.filter(f, f.glob("src/**")).size() == 1', true],
    ['changedFiles.map(f, f.upperAscii())[0] == "SRC/MAIN.TS"', true],
    ['"a,b".split(",").exists_one(x, x == "b")', true],
    ['steps.unit.phase == "Failed" && steps.unit.exitCode == 3', true],
    ['steps["unit"].reason == "ExitCode"', true],
    ['has(steps.skipped.exitCode)', false],
    ['event == "push" || steps.skipped.exitCode == 0', true],
  ])('%s is %s', (text, want) => {
    expect(evaluate(text)).toBe(want)
  })

  it('sees the pull request, where there is one', () => {
    expect(evaluate('pullRequest.number > 6 && pullRequest.author == "octocat"', { pullRequest })).toBe(true)
    expect(evaluate('null != pullRequest && pullRequest.targetBranch == "main"', { pullRequest })).toBe(true)
  })

  it.each([
    ['params.other == "x"', 'there is no "other" (character 8)'],
    ['steps.skipped.exitCode == 0', 'there is no "exitCode" (character 15)'],
    ['pullRequest.fork', 'there is no "fork" (character 13)'],
    ['params.constructor == "x"', 'there is no "constructor" (character 8)'],
    ['params.__proto__ == "x"', 'there is no "__proto__" (character 8)'],
    ['bool(branch)', 'bool() conversion error: invalid string value "main" (character 1)'],
  ])('%s has no value', (text, want) => {
    expect(evaluate(text)).toBe(want)
  })

  it('has no value where the changed files are not known, unless they do not matter', () => {
    const unknown = { changedFiles: undefined }
    expect(evaluate('changedFiles.size() > 0', unknown)).toBe('which files changed is not known of this run')
    expect(evaluate('event == "push" || changedFiles.size() > 0', unknown)).toBe(true)
  })
})

describe('what is refused', () => {
  const others = 'branch, tag, event, commit, pullRequest, params, matrix, changedFiles, steps'
  const methods =
    'contains, endsWith, glob, lowerAscii, size, split, startsWith, trim, upperAscii, exists, all, exists_one, filter, map'
  it.each<readonly [string, string, string?]>([
    ['branch', 'must be true or false, not string'],
    ['branch ==', 'the expression ends too early (character 10)'],
    ['branch == "a" && )', '")" is not expected here (character 18)'],
    ['brnch == "a"', 'there is no variable "brnch" (character 1)', 'did you mean branch?'],
    ['x == "a"', 'there is no variable "x" (character 1)', `there are ${others}`],
    ['google.protobuf == 1', 'there is no variable "google" (character 1)', `there are ${others}`],
    ['\nbranch == "main"\n  && x', 'there is no variable "x" (line 3, character 6)', `there are ${others}`],
    ['params.count == 3', 'the types do not go together: string == int (character 1)'],
    ['"a" + 1 == "b"', 'the types do not go together: string + int (character 1)'],
    ['pullRequest.nubmer == 1', 'there is no "nubmer" (character 13)'],
    ['steps.unit.pase == "x"', 'there is no "pase" (character 12)'],
    [
      'branch.matches("^a+$")',
      'conditions have no function "matches" (character 1)',
      'use glob, as in branch.glob("release-*")',
    ],
    ['branch.startWith("a")', 'conditions have no function "startWith" (character 1)', 'did you mean startsWith?'],
    ['cel.bind(x, 1, x == 1)', 'conditions have no function "bind" (character 1)', `they have ${methods}`],
    [
      'timestamp("x") == timestamp("y")',
      'conditions have no function "timestamp" (character 1)',
      'they have has, size, string, int, double, bool',
    ],
    [
      'steps[branch].phase == "x"',
      'steps must be followed by the name of a step, written out (character 1)',
      'as in steps.unit.phase, or steps["unit-test"].phase',
    ],
    [
      '"unit" in steps',
      'steps must be followed by the name of a step, written out (character 11)',
      'as in steps.unit.phase, or steps["unit-test"].phase',
    ],
    ['changedFiles.exists(branch, true)', '"branch" is a variable already (character 21)', 'give it another name'],
    ['"a".split("").size() == 2', 'split takes one text, written out, such as split(",") (character 1)'],
    [`${'('.repeat(50)}true`, 'the expression is nested too deep or has too many parts (character 41)'],
    [`branch == "${'x'.repeat(2048)}"`, 'has more than 2048 characters'],
  ])('%s', (text = '', message, hint) => {
    expect(readExpression(text)).toEqual({ message, ...(hint === undefined ? {} : { hint }) })
  })
})

describe('work', () => {
  const tooLong = /^would take too long/
  it.each([
    ['changedFiles.exists(f, changedFiles.exists(g, f == g))'],
    ['changedFiles.map(f, changedFiles.map(g, g)) == changedFiles.map(f, changedFiles)'],
    ['changedFiles.exists(f, f.glob(params.pattern))'],
    [`${'[0,0,0,0,0,0,0,0].exists(a, '.repeat(8).replaceAll('a,', () => 'b,')}true${')'.repeat(8)}`],
    [`changedFiles.exists(f, f.glob("${'*a'.repeat(200)}"))`],
    [`changedFiles.exists(f, f.contains(${'params.a + '.repeat(20)}f))`],
  ])('of %s is too much', (text) => {
    expect(readExpression(text)).toMatchObject({ message: expect.stringMatching(tooLong) })
  })

  it.each([
    ['branch == "main"', 10],
    ['changedFiles.exists(f, f.startsWith("src/"))', 5_000],
    ['changedFiles.exists(f, f.glob("src/**/*.ts") || f.glob("test/**"))', 400_000],
    ['changedFiles.exists(f, ["a/", "b/", "c/"].exists(d, f.startsWith(d)))', 25_000],
  ])('of %s is at most %i units', (text, most) => {
    const read = readExpression(text)
    expect(isProblem(read) ? read.message : read.work).toBeLessThanOrEqual(most)
  })

  it('of params is never more than was thought when it was written: whoever makes a run chooses them', () => {
    const read = readExpression('params.a.contains(params.b)')
    expect(isProblem(read) ? 0 : read.work).toBeGreaterThan(4096 ** 2 / 64)
  })

  it('of values larger than usual is judged again: one that would take too long has no value', () => {
    const text = 'changedFiles.exists(f, f.glob("*a*a*a*"))'
    const usual = Array.from({ length: 500 }, () => 'a'.repeat(128))
    expect(evaluate(text, { changedFiles: usual })).toBe(true)
    const long = Array.from({ length: 2000 }, () => 'a'.repeat(1024))
    expect(evaluate(text, { changedFiles: long })).toMatch(tooLong)
  })

  /** How often an item of 500 changed files is read, less the once that their sizes are looked at. */
  function countReads(read: Expression): number {
    const files = Array.from({ length: 500 }, (_, index) => String(index))
    let reads = -files.length
    const changedFiles = new Proxy(files, {
      get(target, key, receiver): unknown {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1
        return Reflect.get(target, key, receiver)
      },
    })
    read.evaluate({ ...values, changedFiles })
    return reads
  }

  const lists = fc.constantFrom('changedFiles', '["a", "b", "c"]', 'changedFiles.filter(x, x != "a")')
  const macro = fc.constantFrom('exists', 'all', 'exists_one')

  test('is never more than was estimated: items are read as often as it says, at most', () => {
    const body: fc.Arbitrary<string> = fc.letrec<{ body: string }>((tie) => ({
      body: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('true', 'branch == "main"', 'changedFiles.size() == 3'),
        fc
          .tuple(lists, macro, tie('body'), fc.nat(99))
          .map(([list, name, inner, id]) => `${list}.${name}(v${id}, ${inner} || v${id} == "b")`),
      ),
    })).body
    fc.assert(
      fc.property(body, (text) => {
        const read = readExpression(text)
        if (isProblem(read)) expect(read.message).toMatch(tooLong)
        else expect(countReads(read)).toBeLessThanOrEqual(read.work)
      }),
      { numRuns: 60 },
    )
    expect(mostUsualWork).toBe(1_000_000)
  })
})

test('whatever is written, it is read or refused, and never throws', () => {
  const parts = [
    'branch',
    'steps.a',
    '.',
    '(',
    ')',
    '[',
    ']',
    '"',
    '==',
    '&&',
    '!',
    '-',
    '1',
    'f',
    ',',
    'exists',
    '{',
    ':',
    '?',
    '\\',
    '\u0000',
    'null',
    'in',
  ]
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 60 }), fc.array(fc.constantFrom(...parts), { maxLength: 30 })),
      (made) => {
        const text = Array.isArray(made) ? made.join(' ') : made
        const read = readExpression(text)
        if (isProblem(read)) expect(read.message).not.toBe('')
        else expect(['boolean', 'object']).toContain(typeof read.evaluate(values))
      },
    ),
    { numRuns: 500 },
  )
})
