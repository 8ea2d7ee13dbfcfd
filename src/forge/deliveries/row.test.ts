import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { deliveryVerdicts } from '../../../crds/repository-connection.ts'
import { createValidators } from '../../../crds/validate.ts'
import { aConnection } from '../../../test/helpers/admission-objects.ts'
import { describeRow, parseRow, trimRow } from './row.ts'

const row = { id: 'd-1', event: 'push', verdict: 'Started', reason: 'Started', time: '2026-03-01T10:00:00Z' } as const
const full = { ...row, message: 'a run was started', commit: 'a'.repeat(40), runs: ['app-1'] }

test('a row survives its way through an Event', () => {
  for (const good of [row, full, { ...row, time: '2026-03-01T10:00:00.123Z' }])
    expect(parseRow(JSON.stringify(good))).toEqual(good)
})

test('nothing in a row turns text around or hides it', () => {
  expect(trimRow({ ...row, message: 'a\u202Eb\u200Bc\u001B[31md' }).message).toBe('a b c [31md')
})

test.each<[string, string | undefined]>([
  ['nothing', undefined],
  ['no JSON', 'push'],
  ['a list', JSON.stringify([row])],
  ['null', 'null'],
  ['a field that is not of a row', JSON.stringify({ ...row, color: 'red' })],
  ['no id', JSON.stringify({ ...row, id: undefined })],
  ['an empty event', JSON.stringify({ ...row, event: '' })],
  ['an unknown verdict', JSON.stringify({ ...row, verdict: 'Good' })],
  ['a number as message', JSON.stringify({ ...row, message: 7 })],
  ['runs that are no list', JSON.stringify({ ...row, runs: 'app-1' })],
  ['runs of another type', JSON.stringify({ ...row, runs: [{}] })],
  ['a time in words', JSON.stringify({ ...row, time: 'today' })],
  ['an impossible time', JSON.stringify({ ...row, time: '2026-13-01T10:00:00Z' })],
  ['too much', JSON.stringify({ ...row, message: 'x'.repeat(70_000) })],
])('%s is no row', (...[, text]) => {
  expect(parseRow(text)).toBeUndefined()
})

const validators = createValidators()
const anyRow = fc.record({
  id: fc.string({ minLength: 1, maxLength: 600, unit: 'binary' }),
  event: fc.string({ minLength: 1, maxLength: 100 }),
  verdict: fc.constantFrom(...deliveryVerdicts),
  reason: fc.string({ minLength: 1, maxLength: 200 }),
  message: fc.string({ maxLength: 2000 }),
  commit: fc.string({ maxLength: 100 }),
  runs: fc.array(fc.string({ maxLength: 300 }), { maxLength: 120 }),
  time: fc.constant(row.time),
})

test('whatever a forge calls things, a trimmed row fits into status and holds no control characters', () => {
  fc.assert(
    fc.property(anyRow, (given) => {
      const trimmed = trimRow(given)
      expect(parseRow(JSON.stringify(trimmed))).toEqual(trimmed)
      expect(`${trimmed.id}${trimmed.message}`).not.toMatch(/\p{Cc}/u)
      const connection = { ...aConnection(), status: { deliveries: [trimmed] } }
      expect(validators.validateRepositoryConnection(connection).errors).toEqual([])
    }),
  )
})

test.each([
  [row, 'push: Started (Started)'],
  [full, `push ${'a'.repeat(12)}: Started app-1: a run was started`],
  [{ ...row, runs: ['a', 'b', 'c', 'd'] }, 'push: Started a, b, 2 more'],
])('a row is told in one sentence', (...[given, text]) => {
  expect(describeRow(given)).toBe(text)
})
