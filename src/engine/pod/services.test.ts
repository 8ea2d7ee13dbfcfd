import { describe, expect, it } from 'vitest'
import type { Step } from '../../../crds/parts/step.ts'
import type { ContainerState, ContainerStatus, Pod } from '../../lib/kubernetes.ts'
import { defaultSettings } from '../snapshot.ts'
import { judgePod } from './judge-pod.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString()
const step: Step = {
  name: 'unit',
  image: 'node:24',
  commands: ['npm test'],
  services: [
    { name: 'db', image: 'postgres:17', ready: { port: 5432, timeout: '60s' } },
    { name: 'cache', image: 'redis:8', ready: { command: ['redis-cli', 'ping'] } },
    { name: 'mail', image: 'mailpit:1' },
  ],
}

const cloned: ContainerStatus = { name: 'c8s-clone', state: { terminated: { exitCode: 0 } } }
const waiting: ContainerState = { waiting: { reason: 'PodInitializing' } }
const running = (seconds: number): ContainerState => ({ running: { startedAt: at(seconds) } })
const ended = (exitCode: number, more: object = {}): ContainerState => ({
  terminated: { exitCode, startedAt: at(1), finishedAt: at(2), ...more },
})
const started = (name: string): ContainerStatus => ({ name, state: running(1), started: true })

function judge(init: readonly ContainerStatus[], seconds: number, more: Partial<Pod> = {}) {
  const pod: Pod = {
    metadata: { name: 'p', ...more.metadata },
    spec: { containers: [] },
    status: { phase: 'Pending', startTime: at(0), initContainerStatuses: init, ...more.status },
  }
  return judgePod(pod, { step, now: start + seconds * 1000, settings: defaultSettings, mountFailures: [] })
}

describe('services that are being started', () => {
  it('have their turn after the clone', () => {
    const clone = { name: 'c8s-clone', state: running(1) }
    expect(judge([clone, { name: 'service-db', state: waiting }], 2)).toMatchObject({ reason: 'Cloning' })
    const early = [{ name: 'c8s-clone', state: waiting }]
    expect(judge([...early, { name: 'service-db', state: waiting }], 2)).toMatchObject({ reason: 'Starting' })
  })

  it('are named one after another, and looked at again when their time is over', () => {
    const db = { name: 'service-db', state: running(1), started: false }
    const want = { kind: 'waiting', reason: 'StartingServices', message: 'service db is not ready yet' }
    expect(judge([cloned, db], 30)).toEqual({ ...want, recheckAt: start + 61_000 })
    expect(judge([cloned, started('service-db'), { name: 'service-cache', state: waiting }], 30)).toEqual({
      ...want,
      message: 'service cache is not ready yet',
    })
  })

  it('leave the step to itself when all of them are ready', () => {
    const all = [cloned, ...['service-db', 'service-cache', 'service-mail'].map(started)]
    expect(judge(all, 300)).toEqual({ kind: 'waiting', reason: 'Starting' })
  })
})

describe('a service that does not get ready', () => {
  const fails = (message: string) => ({ kind: 'ended', phase: 'Failed', reason: 'ServiceNotReady', message })

  it('in time says what is missing and where to look', () => {
    const db = { name: 'service-db', state: running(1), started: false }
    expect(judge([cloned, db], 61)).toEqual(
      fails(
        'service db was not ready within 1m: nothing listens on port 5432; kubectl logs p -c service-db shows what it says',
      ),
    )
    const cache = { name: 'service-cache', state: running(10), started: false }
    const verdict = judge([cloned, started('service-db'), cache], 130)
    expect(verdict).toMatchObject({ message: expect.stringContaining('within 2m: its ready command did not succeed') })
  })

  it('and has no condition may take as long as it likes', () => {
    const others = ['service-db', 'service-cache'].map(started)
    expect(judge([...others, { name: 'service-mail', state: running(1) }], 10_000)).toMatchObject({ kind: 'waiting' })
  })

  const crash = (state: ContainerState, restartCount = 1): ContainerStatus => {
    return { name: 'service-db', state, started: false, restartCount }
  }

  it.each<[string, ContainerStatus, string | undefined]>([
    ['once', crash(ended(1), 0), undefined],
    ['twice', crash(ended(1, { message: 'no\npassword' })), 'exit code 1 before it was ready, twice: no password'],
    [
      'for memory',
      crash(ended(137, { reason: 'OOMKilled' })),
      'was killed for using more than its memory limit of 512Mi',
    ],
    ['with long last words', crash(ended(1, { message: `${'x'.repeat(900)} the end` })), 'the end'],
  ])('because it ended %s', (_, db, want) => {
    const verdict = judge([cloned, db], 3)
    if (want === undefined) expect(verdict).toMatchObject({ kind: 'waiting', reason: 'StartingServices' })
    else expect(verdict).toMatchObject({ reason: 'ServiceNotReady', message: expect.stringContaining(want) })
    expect(JSON.stringify(verdict).length).toBeLessThan(600)
  })

  it('is told also while kubelet pauses before the next try', () => {
    const state = { waiting: { reason: 'CrashLoopBackOff' } }
    const db = { name: 'service-db', state, lastState: ended(2), started: false, restartCount: 1 }
    expect(judge([cloned, db], 3)).toMatchObject({ message: expect.stringContaining('exit code 2') })
  })

  it('because its image is missing is told by the image', () => {
    const state = { waiting: { reason: 'ErrImagePull', message: 'not found' } }
    const db = { name: 'service-db', state, started: false }
    expect(judge([cloned, db], 1)).toMatchObject({ reason: 'ImagePull' })
  })

  it('because its pod is taken away says nothing about it', () => {
    const db = { name: 'service-db', state: ended(143), started: false, restartCount: 3 }
    const gone = judge([cloned, db], 3, { metadata: { deletionTimestamp: at(3) } })
    expect(gone).toEqual({ kind: 'waiting', reason: 'Starting' })
  })
})

describe('a service that ends while the step runs', () => {
  const stepEnd = (exitCode: number) => ({
    containerStatuses: [{ name: 'step', state: { terminated: { exitCode, startedAt: at(10), finishedAt: at(60) } } }],
  })
  const lost = (finishedAt: string, exitCode = 137) => ({
    name: 'service-db',
    state: running(40),
    started: true,
    restartCount: 1,
    lastState: ended(exitCode, { finishedAt, ...(exitCode === 137 ? { reason: 'OOMKilled' } : {}) }),
  })

  it('changes no good result', () => {
    expect(judge([lost(at(30))], 61, { metadata: {}, status: stepEnd(0) })).toMatchObject({ phase: 'Succeeded' })
  })

  it('is named where the step failed', () => {
    const message = 'exit code 1; while it ran, service db was killed for using more than its memory limit of 512Mi'
    expect(judge([lost(at(30))], 61, { metadata: {}, status: stepEnd(1) })).toMatchObject({
      reason: 'ExitCode',
      message,
    })
  })

  it('is none where it ended before, or with the step', () => {
    const plain = { reason: 'ExitCode', message: 'exit code 1' }
    const { state: _state, ...stopped } = lost(at(5), 1)
    const atEnd = { ...stopped, lastState: {}, state: ended(143, { finishedAt: at(60) }) }
    for (const db of [lost(at(5), 1), atEnd]) {
      expect(judge([db], 61, { metadata: {}, status: stepEnd(1) })).toMatchObject(plain)
    }
  })
})
