import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { deliveryVerdicts } from '../../crds/repository-connection.ts'
import { aConnection } from '../../test/helpers/admission-objects.ts'
import type { Outcome } from '../forge/part.ts'
import { foldOutcomes, renderOutcome, renderRow } from './outcome.ts'

const anOutcome = (change: Partial<Outcome> = {}): Outcome => ({
  verdict: 'Started',
  reason: 'Started',
  message: 'a run was started',
  runs: [],
  ...change,
})
const failed = anOutcome({ verdict: 'Failed', reason: 'ForgeUnavailable', message: 'the forge is away' })
const passing = { ...failed, retryAfterMs: 2000 }
const refused = anOutcome({ verdict: 'Refused', reason: 'NotAllowed', message: 'mallory may not' })
const ignored = anOutcome({ verdict: 'Ignored', reason: 'BranchNotWanted', message: 'no pipeline wants it' })
const started = anOutcome({ runs: ['app-1'], commit: 'abc' })
const answerOf = (...outcomes: Outcome[]) =>
  renderOutcome(outcomes.map((outcome, n) => ({ connection: aConnection({}, { namespace: `team-${n}` }), outcome })))

test.each<[string, readonly Outcome[], number, string]>([
  ['a run', [started], 200, 'started'],
  ['nothing to do', [ignored], 200, 'ignored'],
  ['done', [anOutcome({ verdict: 'Done' })], 200, 'done'],
  ['a refusal', [refused], 200, 'refused'],
  ['a failure for good', [failed], 422, 'failed'],
  ['a failure that passes', [passing], 503, 'retry'],
  ['a run, and a failure that passes', [started, passing, failed], 503, 'retry'],
  ['a run, and a failure for good', [started, failed, refused], 422, 'failed'],
  ['a run, and nothing to do', [ignored, started], 200, 'started'],
])('%s is answered', (...[, outcomes, status, result]) => {
  expect(answerOf(...outcomes)).toMatchObject({ status, result })
})

test('the answer names the runs with their namespaces, and says each thing once', () => {
  expect(answerOf(started, { ...started, runs: ['app-2'] }, ignored)).toEqual({
    status: 200,
    result: 'started',
    body: {
      verdict: 'Started',
      message: 'a run was started',
      runs: [
        { namespace: 'team-0', name: 'app-1' },
        { namespace: 'team-1', name: 'app-2' },
      ],
    },
  })
  expect(answerOf({ ...passing, retryAfterMs: 1000 }, passing)).toMatchObject({ retryAfterMs: 2000 })
})

const anyOutcome = fc.record({
  verdict: fc.constantFrom(...deliveryVerdicts),
  reason: fc.constant('Reason'),
  message: fc.constantFrom('a', 'b', 'c'),
  runs: fc.array(fc.constantFrom('x', 'y')),
  retryAfterMs: fc.option(fc.integer({ min: 1, max: 9000 }), { nil: undefined }),
})

test('nothing that failed is answered with 2xx, and retries are asked for only after a failure that passes', () => {
  fc.assert(
    fc.property(fc.array(anyOutcome, { minLength: 1, maxLength: 6 }), (given) => {
      const outcomes = given.map(({ retryAfterMs, ...rest }) =>
        rest.verdict === 'Failed' && retryAfterMs !== undefined ? { ...rest, retryAfterMs } : rest,
      ) as readonly Outcome[]
      const { status, retryAfterMs } = answerOf(...outcomes)
      const isBad = outcomes.some(({ verdict }) => verdict === 'Failed')
      expect(status === 200).toBe(!isBad)
      expect(status === 503).toBe(outcomes.some((outcome) => outcome.retryAfterMs !== undefined))
      expect(retryAfterMs === undefined).toBe(status !== 503)
      expect(foldOutcomes([foldOutcomes(outcomes)]).verdict).toBe(foldOutcomes(outcomes).verdict)
    }),
  )
})

test('a row tells the delivery', () => {
  expect(renderRow({ id: 'd-1', event: 'push' }, started, 0)).toEqual({
    id: 'd-1',
    event: 'push',
    verdict: 'Started',
    reason: 'Started',
    message: 'a run was started',
    commit: 'abc',
    runs: ['app-1'],
    time: '1970-01-01T00:00:00.000Z',
  })
  expect(renderRow({ id: '', event: '' }, ignored, 0)).toMatchObject({ id: 'unnamed', event: 'unknown' })
})
