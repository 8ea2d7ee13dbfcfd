import { expect, test } from 'vitest'
import type { Job } from '../lib/kubernetes.ts'
import { isNews } from './routes.ts'
import { trimJob } from './trim.ts'

const makeJob = (version: string, status: Job['status'] = {}, spec: object = {}): Job => ({
  metadata: { name: 'j', namespace: 'n', uid: 'u', resourceVersion: version },
  spec: { template: { spec: { containers: [] } }, ...spec },
  status,
})
const key = { namespace: 'n', name: 'j' }
const changed = (before: Job, after: Job) =>
  isNews({ kind: 'changed', key, object: trimJob(after), previous: trimJob(before) })

test('a Job that only counts its pods anew is no news', () => {
  expect(changed(makeJob('1'), makeJob('2', { active: 1 }))).toBe(false)
})

test.each([
  ['its end', makeJob('2', { conditions: [{ type: 'Complete', status: 'True' }] })],
  ['a suspension', makeJob('2', {}, { suspend: true })],
  ['its deletion', { ...makeJob('2'), metadata: { ...makeJob('2').metadata, deletionTimestamp: 't' } }],
])('%s is', (_what, after) => {
  expect(changed(makeJob('1'), after)).toBe(true)
})

test('what comes and what goes is', () => {
  expect(isNews({ kind: 'added', key, object: makeJob('1') })).toBe(true)
  expect(isNews({ kind: 'removed', key, object: makeJob('1') })).toBe(true)
})
