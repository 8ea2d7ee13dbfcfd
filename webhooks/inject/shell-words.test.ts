import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAssignments } from '../../test/helpers/step-environment.ts'
import { toAssignments } from './shell-words.ts'

test('plain values stand as they are, so that kubectl describe is easy to read', () => {
  const values = { CI: 'true', TAG: '', URL: 'https://git.example.com/team/app.git', BRANCH: "it's\nTAG=x" }
  expect(toAssignments(values)).toBe(
    "CI=true\nTAG=\nURL=https://git.example.com/team/app.git\nBRANCH='it'\\''s\nTAG=x'",
  )
})

const pieces = [
  '$',
  '$(id)',
  '`id`',
  '"',
  "'",
  '\\',
  '\n',
  '\nCI=x',
  ' ',
  ';',
  '*',
  '~',
  '~root',
  '!',
  '#',
  '=',
  '&',
  '|',
  '(',
  'é',
]
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((chosen) => chosen.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !/[\0\p{Cs}]/u.test(text)),
)

test('whatever a value holds, it becomes one variable, and nothing is run', () => {
  fc.assert(
    fc.property(hostile, hostile, (branch, who) => {
      const values = { BRANCH: branch, C8S_TRIGGERED_BY: who, LAST: 'x' }
      expect(readAssignments(toAssignments(values))).toEqual(values)
    }),
    { numRuns: 100 },
  )
})
