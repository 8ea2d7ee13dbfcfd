import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Finding, foldFindings } from './finding.ts'
import { cutText, toFirstLine, toPlainText, toPlainUrl } from './plain-text.ts'
import { toRejection } from './refusal.ts'

/** As the API server counts them. */
const lengthOf = (text: string) => Array.from(text).length

describe('text of strangers', () => {
  it.each([
    ['a line', 'Fix it', 'Fix it'],
    ['with line breaks', 'a\r\n\tb', 'a b'],
    ['with an escape', '\u001b[31mred', '[31mred'],
    ['turned around', 'a\u202Eb', 'a b'],
    ['with half a character', 'a\uD83Db', 'a b'],
    ['with whole ones', 'a😀b', 'a😀b'],
    ['too long', 'abcdefghijkl', 'abcdefghi…'],
    ['too long with large characters', '😀'.repeat(12), `${'😀'.repeat(9)}…`],
    ['of that very length', '😀'.repeat(10), '😀'.repeat(10)],
    ['nothing', ' \n ', ''],
  ])('%s', (_, text, want) => {
    expect(toPlainText(text, 10)).toBe(want)
  })

  it.each([
    ['Fix it\n\nBecause', 'Fix it'],
    ['\n\n  Fix it  \r\nBecause', 'Fix it'],
    ['\u2028x', 'x'],
    ['', ''],
  ])('the first line of %j', (text, want) => {
    expect(toFirstLine(text, 50)).toBe(want)
  })

  it.each([
    ['https://git.test/a/b#c-1', true],
    ['http://git.test', true],
    ['javascript:alert(1)', false],
    ['https://git.test/a b', false],
    ['https://git.test/"><script>', false],
    ['https://git.test/\u202E', false],
    [`https://git.test/${'a'.repeat(2048)}`, false],
    ['', false],
  ])('is the link %j kept: %s', (url, want) => {
    expect(toPlainUrl(url, 2048)).toBe(want ? url : undefined)
  })

  it('is always one line of at most that many whole characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (text, most) => {
        for (const plain of [toPlainText(text, most), toFirstLine(text, most)]) {
          expect(lengthOf(plain)).toBeLessThanOrEqual(most)
          expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
          expect(plain.isWellFormed()).toBe(true)
        }
        expect(lengthOf(cutText(text, most))).toBeLessThanOrEqual(most)
      }),
    )
  })
})

describe('foldFindings', () => {
  const started: Finding = { verdict: 'Started', reason: 'Started', message: 'started a', runs: ['a'] }
  const again: Finding = { verdict: 'Started', reason: 'AlreadyStarted', message: 'b was' }
  const broken: Finding = { verdict: 'Started', reason: 'ConfigInvalid', message: 'no' }
  const failed: Finding = { verdict: 'Failed', reason: 'ForgeUnavailable', message: 'away', retryAfterMs: 5000 }
  const ignored: Finding = { verdict: 'Ignored', reason: 'NoTrigger', message: 'b is not started by tags' }

  it.each<readonly [string, readonly Finding[], object]>([
    ['one', [ignored], { verdict: 'Ignored', reason: 'NoTrigger', message: 'b is not started by tags', runs: [] }],
    [
      'the weightiest first',
      [ignored, started],
      { verdict: 'Started', message: 'started a; b is not started by tags' },
    ],
    [
      'a failure before all',
      [started, failed],
      { verdict: 'Failed', reason: 'ForgeUnavailable', runs: ['a'], retryAfterMs: 5000 },
    ],
    ['what is wrong first', [again, started, broken], { reason: 'ConfigInvalid', message: 'no; started a; b was' }],
    ['the longest wait', [failed, { ...failed, retryAfterMs: 30_000 }], { message: 'away', retryAfterMs: 30_000 }],
    ['each sentence and run once', [started, started], { message: 'started a', runs: ['a'] }],
    ['none', [], { verdict: 'Ignored', reason: 'NothingToDo', runs: [] }],
  ])('%s', (_, findings, want) => {
    expect(foldFindings(findings)).toMatchObject(want)
  })

  it('fits into a row', () => {
    const many = Array.from({ length: 200 }, (_, index) => ({
      ...ignored,
      message: `pipeline ${index} is not started`,
    }))
    expect(lengthOf(foldFindings(many).message)).toBe(1024)
  })
})

describe('toRejection', () => {
  const lineOf = (path: string) => (path === 'steps[0].secrets[0]' ? 12 : 1)
  const steps = [{ name: 'test', image: 'busybox:1.37', commands: ['true'] }]
  const spec = { repository: 'https://git.test/team/app', steps }
  const inFile = { name: 'ci', file: '.c8s.yaml', spec, lineOf }

  it('says what admission said, at its place in the file', () => {
    const detail =
      'admission webhook "validate.c8s.dev" denied the request: spec.pipelineSpec.steps[0].secrets[0]: SecretForbidden: no'
    expect(toRejection(detail, inFile)).toEqual({
      reason: 'SecretForbidden',
      message: 'steps[0].secrets[0]: SecretForbidden: no',
      file: '.c8s.yaml',
      line: 12,
    })
  })

  it('knows no file for a config', () => {
    const detail = 'admission webhook "validate.c8s.dev" denied the request: spec.pipelineConfigRef: NotFound: gone'
    expect(toRejection(detail, { name: 'ci', spec })).toEqual({
      reason: 'NotFound',
      message: 'spec.pipelineConfigRef: NotFound: gone',
    })
  })

  it('tells of a param that an event gives no value', () => {
    const message = 'spec.params[version]: Required: the pipeline has no default for the param "version"'
    const detail = `admission webhook "validate.c8s.dev" denied the request: ${message}`
    expect(toRejection(detail, { name: 'ci', spec })).toEqual({ reason: 'Required', message })
  })

  it.each([
    ['another webhook', 'admission webhook "policy.example" denied the request: Sorry: not on a Friday', 'Refused'],
    ['the schema', 'PipelineRun.c8s.dev "x" is invalid: spec.commit: Invalid value: "x"', 'Refused'],
    ['nothing', '', 'Refused'],
    ['several lines', 'a: Cycle: b\nc: UnknownStep: d', 'Cycle'],
    ['a word that JavaScript knows', 'x: Object: y\nz: constructor: w', 'Refused'],
  ])('gives a word to what %s says', (_, detail, reason) => {
    const rejection = toRejection(detail, inFile)
    expect(rejection.reason).toBe(reason)
    expect(rejection.message).toMatch(/^\S[^\n]*$/)
  })

  it('is short', () => {
    expect(lengthOf(toRejection('x'.repeat(100_000), inFile).message)).toBe(2000)
  })
})
