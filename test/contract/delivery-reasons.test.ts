import { expect, test } from 'vitest'
import { readTypeScript } from '../arch/source.ts'
import { readDocPage, readTable } from '../helpers/doc-pages.ts'

/** Wherever the intake and the receiver give a delivery's row its reason. */
const reason =
  /\breason: '([A-Z]\w+)'|\b(?:skip|ignore|refuse)\(\s*'(\w+)'|\btell\('\w+', '(\w+)'|\? '(\w+)' : '(\w+)', message/g

const sources = readTypeScript().filter(
  ({ path }) => /^src\/(engine\/trigger\/|forge\/intake\/|receiver\/act\.ts)/.test(path) && !path.endsWith('.test.ts'),
)
const given = new Set(
  sources.flatMap(({ text }) => [...text.matchAll(reason)].flatMap((found) => found.slice(1).filter(Boolean))),
)

test('docs/push-to-status.md says what to do about every reason that a delivery can end with', () => {
  const rows = readTable(readDocPage('docs/push-to-status.md'), ['verdict', 'reason', 'what to do'])
  const named = new Set(rows.flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []))
  expect(given.size).toBeGreaterThan(30)
  expect([...given].filter((word) => !named.has(word))).toEqual([])
})
