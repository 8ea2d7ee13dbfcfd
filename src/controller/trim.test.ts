import { expect, test } from 'vitest'
import { trimPod } from './trim.ts'

test('of a service it is kept whether it is ready and how it ended, of other containers not', () => {
  const ended = { terminated: { exitCode: 1, message: `${'x'.repeat(5000)}end`, finishedAt: 't' } }
  const status = { lastState: ended, restartCount: 2, started: false, ready: false }
  const pod = trimPod({
    metadata: { name: 'p' },
    status: {
      initContainerStatuses: [
        { name: 'c8s-clone', ...status },
        { name: 'service-db', ...status },
      ],
    },
  })
  const kept = { terminated: { exitCode: 1, finishedAt: 't', message: `${'x'.repeat(597)}end` } }
  expect(pod.status?.initContainerStatuses).toEqual([
    { name: 'c8s-clone' },
    { name: 'service-db', lastState: kept, restartCount: 2, started: false },
  ])
})

test('an ended pod still tells that it was stopped', () => {
  const pod = trimPod({
    metadata: { name: 'p' },
    spec: { activeDeadlineSeconds: 1, containers: [{ name: 'step', image: 'i' }] },
    status: { phase: 'Failed' },
  })
  expect(pod.spec).toEqual({ activeDeadlineSeconds: 1, containers: [] })
})
