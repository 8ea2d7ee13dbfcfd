import { expect, test } from 'vitest'
import type { Step } from '../parts/step.ts'
import { retriesAreFew, retriesFit } from './retries.ts'

const work = { image: 'i', commands: ['c'] }
const check = (step: Partial<Step>) =>
  retriesFit({ repository: 'https://git.example/r', steps: [{ name: 's', ...step }] }, 'spec').map(
    ({ path, code, message }) => `${path} ${code} ${message}`,
  )

test.each<readonly [string, Partial<Step>]>([
  ['none', work],
  ['a limit alone', { ...work, retries: { limit: 3 } }],
  ['all of it', { ...work, retries: { limit: 3, backoff: '0s', maxBackoff: '0s', exitCodes: [1, 124, 137] } }],
  ['an approval with commands', { ...work, approval: {}, retries: { limit: 1 } }],
])('good: %s', (...[, step]) => expect(check(step)).toEqual([]))

test.each<readonly [string, Partial<Step>, string]>([
  ['of an approval', { approval: {}, retries: { limit: 1 } }, 'spec.steps[0].retries Invalid are for commands'],
  [
    'of a call',
    { pipeline: { configRef: 'x' }, retries: { limit: 1 } },
    'spec.steps[0].retries Invalid are for commands',
  ],
  [
    'waits out of order',
    { ...work, retries: { limit: 1, backoff: '2m', maxBackoff: '1m' } },
    'spec.steps[0].retries.maxBackoff Invalid is shorter than backoff',
  ],
  ['too long a wait', { ...work, retries: { limit: 1, backoff: '169h' } }, 'spec.steps[0].retries.backoff TooLarge'],
  [
    'a code twice',
    { ...work, retries: { limit: 1, exitCodes: [2, 3, 2] } },
    'spec.steps[0].retries.exitCodes[2] Duplicate 2 stands at spec.steps[0].retries.exitCodes[0]',
  ],
])('bad: %s', (...[, step, want]) => expect(check(step)).toEqual([expect.stringContaining(want)]))

test('of all steps together no more are allowed than status has room for', () => {
  const legs = Array.from({ length: 101 }, (_, i) => String(i))
  const step = { name: 's', ...work, retries: { limit: 10 }, matrix: { dimensions: { n: legs } } }
  const judge = (values: string[]) =>
    retriesAreFew(
      { repository: 'https://git.example/r', steps: [{ ...step, matrix: { dimensions: { n: values } } }] },
      'spec',
    )
  expect(judge(legs.slice(1))).toEqual([])
  expect(judge(legs)).toMatchObject([
    { path: 'spec.steps', code: 'TooLarge', message: expect.stringContaining('1010 retries') },
  ])
})
