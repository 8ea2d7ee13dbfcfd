import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Delivery, deliveryVerdicts } from '../../../crds/repository-connection.ts'
import { foldDeliveries, foldRows, unsignedReason } from './fold.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const aRow = (id: string, second: number, change: Partial<Delivery> = {}): Delivery => ({
  id,
  event: 'push',
  verdict: 'Started',
  reason: 'Started',
  time: at(second),
  ...change,
})
const names = (rows: readonly Delivery[]) => rows.map(({ id, verdict }) => `${id} ${verdict}`)

test('the newest come first, and what was shown before stays', () => {
  expect(names(foldRows([aRow('b', 2)], [aRow('a', 1), aRow('c', 3)]))).toEqual(['c Started', 'b Started', 'a Started'])
})

test('the same delivery with the same verdict is one row, with another verdict another', () => {
  const told = [aRow('a', 3, { runs: ['app-1'] }), aRow('a', 1), aRow('a', 2, { verdict: 'Failed' })]
  const rows = foldRows([], told)
  expect(names(rows)).toEqual(['a Started', 'a Failed'])
  expect(rows[0]?.runs).toEqual(['app-1'])
})

const anyRows = fc.array(
  fc
    .record({
      id: fc.integer({ max: 30, min: 0 }),
      second: fc.integer({ min: 0, max: 50 }),
      verdict: fc.constantFrom(...deliveryVerdicts),
    })
    .map(({ id, second, verdict }) => aRow(`d-${id}`, second, { verdict })),
  { maxLength: 60 },
)

test('in whatever order and portions rows are told, the result is the same', () => {
  fc.assert(
    fc.property(anyRows, fc.nat(60), (rows, cut) => {
      const all = foldRows([], rows)
      expect(foldRows([], [...rows].reverse())).toEqual(all)
      expect(all.length).toBeLessThanOrEqual(20)
      expect(foldRows(all, rows)).toEqual(all)
      const [first, second] = [rows.slice(0, cut), rows.slice(cut)]
      expect(foldRows(foldRows([], first), [...first, ...second])).toEqual(all)
    }),
  )
})

test('the last event is that of the newest row that was signed; other fields stay', () => {
  const fields = { webhookURL: 'https://c8s.test/webhooks/gitea' }
  const told = [aRow('a', 1, { commit: 'abc' }), aRow('unverified', 2, { verdict: 'Refused', reason: unsignedReason })]
  expect(foldDeliveries(fields, told)).toEqual({
    ...fields,
    deliveries: [told[1], told[0]],
    lastEvent: { type: 'push', commit: 'abc', timestamp: at(1) },
  })
  expect(foldDeliveries(fields, [])).toEqual(fields)
})
