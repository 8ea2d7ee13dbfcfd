import { expect, test } from 'vitest'
import { trimPod } from './trim.ts'

test('an ended pod still tells that it was stopped', () => {
  const pod = trimPod({
    metadata: { name: 'p' },
    spec: { activeDeadlineSeconds: 1, containers: [{ name: 'step', image: 'i' }] },
    status: { phase: 'Failed' },
  })
  expect(pod.spec).toEqual({ activeDeadlineSeconds: 1, containers: [] })
})
