import { expect, test } from 'vitest'
import { annotations } from '../../crds/labels.ts'
import { holdJob } from '../../src/controller/held-jobs.ts'
import { isHeld } from '../../src/engine/step/step-objects.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { releaseJob } from './release-job.ts'

const template = { spec: { containers: [{ name: 'step', image: 'node:24' }] } }
const job: Job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec: { template } }

test('what the controller holds is let go, and nothing of the hold stays', () => {
  const held = holdJob(job)
  expect({ isHeld: isHeld(held), suspend: held.spec?.suspend }).toEqual({ isHeld: true, suspend: true })
  expect(releaseJob(held)).toEqual({ ...job, spec: { template, suspend: false } })
})

test.each([
  ['a Job of a user, suspended or not', job],
  ['one that Kueue suspended after it was let go', { ...job, spec: { template, suspend: true } }],
  ['one of an older controller, with annotations', { ...job, metadata: { name: 'j', annotations: { a: 'b' } } }],
] as const)('%s stays as it is', (_, given) => {
  expect(releaseJob(given)).toBe(given)
})

test('other annotations stay', () => {
  const marked: Job = { ...job, metadata: { name: 'j', annotations: { a: 'b' } } }
  expect(releaseJob(holdJob(marked)).metadata).toEqual({ name: 'j', annotations: { a: 'b' } })
  expect(holdJob(marked).metadata.annotations).toEqual({ a: 'b', [annotations.held]: 'admission' })
})
