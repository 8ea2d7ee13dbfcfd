import { afterEach, describe, expect, it } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import type { MemoryForgeOptions } from '../../../test/helpers/memory-forge.ts'
import { ReportPlayground } from '../../../test/helpers/report-playground.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { ForgeError } from '../forge.ts'

const open: ReportPlayground[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((playground) => playground.stop()))
})

async function play(forge: MemoryForgeOptions = {}): Promise<ReportPlayground> {
  const it = new ReportPlayground(forge)
  open.push(it)
  await it.connect()
  await it.start()
  return it
}

const starting = { phase: 'Pending', reason: 'Starting', message: 'starting a' } as const
const running = { phase: 'Running', progress: '0/2' } as const
const succeeded = { phase: 'Succeeded', message: '2 steps succeeded', completionTime: '2026-01-01T00:00:00Z' } as const
const failed = {
  phase: 'Failed',
  reason: 'StepFailed',
  message: 'step a failed',
  completionTime: '2026-01-01T00:00:00Z',
} as const
const reportOf = (run: PipelineRun | undefined) => run?.status?.report

describe('a forge is told of a run', () => {
  it('each state once, and what it took stands in the status', async () => {
    const it = await play()
    await it.create('ci-1')
    await it.pass(5000)
    expect(it.tellings()).toEqual([])
    for (const status of [starting, running, { ...running, progress: '1/2' }, succeeded]) {
      await it.setStatus('ci-1', status)
      await it.pass(5000)
    }
    expect(it.tellings()).toEqual(['pending: queued', 'running: running, 0/2 steps done', 'success: 2 steps succeeded'])
    expect(reportOf(await it.read('ci-1'))).toEqual({
      state: 'success',
      time: expect.any(String),
      id: '1',
      url: 'https://forge.example/3',
    })
    expect(it.memory.reports.map(({ id }) => id)).toEqual([undefined, '1', '1'])
    await it.pass(3_600_000)
    expect(it.memory.calls.report).toBe(3)
    expect(it.kube.requests.filter(({ options }) => options?.fieldManager === 'c8s-report')).toHaveLength(3)
  })

  it('never what a cache that lags still shows', async () => {
    let isAway = true
    const it = await play({ before: () => (isAway ? new ForgeError('unavailable', 'away') : undefined) })
    await it.create('ci-1')
    await it.setStatus('ci-1', running)
    await it.pass(1000)
    await it.stopWatching()
    isAway = false
    await it.setStatus('ci-1', succeeded)
    await it.setReport('ci-1', { state: 'success' })
    await it.pass(60_000)
    expect(it.tellings()).toEqual([])
  })

  it('states of a moment as one', async () => {
    const it = await play()
    await it.create('ci-1')
    for (const status of [starting, running]) {
      await it.setStatus('ci-1', status)
      await it.pass(50)
    }
    await it.pass(5000)
    expect(it.tellings()).toEqual(['running: running, 0/2 steps done'])
  })

  it('anew while it waits, where it waits for somebody', async () => {
    const it = await play()
    await it.create('ci-1')
    for (const reason of ['ApprovalRequired', 'Starting', 'QuotaExceeded', 'Starting', 'QuotaExceeded']) {
      await it.setStatus('ci-1', { phase: 'Pending', reason, message: 'm' })
      await it.pass(5000)
    }
    expect(it.tellings()).toEqual([
      'pending: waiting for approval: somebody who may push has to approve the commit',
      'pending: queued',
      'pending: queued: the namespace has no room now',
    ])
  })

  it('not of runs that no event asked for', async () => {
    const it = await play()
    await it.create('by-hand', { event: { type: 'schedule' } })
    const { spec } = (await it.read('by-hand')) as PipelineRun
    const { event: _, ...rest } = spec
    await it.kube.create<PipelineRun>(resourceTypes.pipelineRun, {
      metadata: { namespace: 'team', name: 'x' },
      spec: rest,
    })
    await it.setStatus('x', succeeded)
    await it.pass(5000)
    expect(it.memory.calls.report).toBe(0)
  })

  it('only by the newest of several for one pipeline and commit', async () => {
    const it = await play()
    await it.create('ci-1')
    await it.setStatus('ci-1', failed)
    await it.pass(2000)
    await it.create('ci-2', { event: { command: '/retest' } })
    await it.setStatus('ci-2', running)
    await it.create('other', { event: { pipeline: 'lint' } })
    await it.setStatus('other', running)
    await it.pass(2000)
    await it.setStatus('ci-2', succeeded)
    await it.pass(2000)
    const lines = it.memory.reports.map(
      ({ context, state, url = '' }) => `${context} ${state} ${url.split('/').at(-1)}`,
    )
    expect(lines).toEqual([
      'c8s/ci failure ci-1',
      expect.stringMatching(/running/),
      expect.stringMatching(/running/),
      'c8s/ci success ci-2',
    ])
  })

  it('not by one that is still running when a newer one has ended and was told', async () => {
    const it = await play()
    await it.create('ci-1')
    await it.setStatus('ci-1', running)
    await it.pass(2000)
    await it.create('ci-2')
    await it.setStatus('ci-2', succeeded)
    await it.pass(2000)
    await it.restart()
    await it.setStatus('ci-1', failed)
    await it.pass(2000)
    expect(it.tellings()).toEqual(['running: running, 0/2 steps done', 'success: 2 steps succeeded'])
  })
})

describe('a run that is deleted', () => {
  it('before it ended is told as such', async () => {
    const it = await play()
    await it.create('ci-1')
    await it.setStatus('ci-1', running)
    await it.pass(2000)
    await it.remove('ci-1')
    await it.pass(2000)
    expect(it.tellings().at(-1)).toBe('error: the run was deleted')
  })

  it('after its end is told to the end', async () => {
    let isAway = true
    const it = await play({ before: () => (isAway ? new ForgeError('unavailable', 'away') : undefined) })
    await it.create('ci-1')
    await it.setStatus('ci-1', succeeded)
    await it.pass(100)
    await it.remove('ci-1')
    isAway = false
    await it.pass(10_000)
    expect(it.tellings()).toEqual(['success: 2 steps succeeded'])
    await it.pass(3_600_000)
    expect(it.memory.calls.report).toBe(2)
  })

  it('says nothing more once it was told, or once another speaks', async () => {
    const it = await play()
    await it.create('ci-1')
    await it.setStatus('ci-1', succeeded)
    await it.pass(2000)
    await it.create('ci-2')
    await it.setStatus('ci-2', running)
    await it.pass(2000)
    await it.remove('ci-1')
    await it.pass(2000)
    expect(it.tellings()).toEqual(['success: 2 steps succeeded', 'running: running, 0/2 steps done'])
  })

  it('and made anew under its name speaks again', async () => {
    const it = await play()
    await it.create('ci-1')
    await it.setStatus('ci-1', running)
    await it.pass(2000)
    await it.remove('ci-1')
    await it.create('ci-1')
    await it.setStatus('ci-1', failed)
    await it.pass(5000)
    expect(it.memory.shown.get(`${'a'.repeat(40)} c8s/ci`)?.state).toBe('failure')
  })
})

describe('a forge that does not take it', () => {
  it('is asked again more and more slowly, and the status tells after a while', async () => {
    let isAway = true
    const it = await play({ before: () => (isAway ? new ForgeError('unavailable', 'git.example is away') : undefined) })
    await it.create('ci-1')
    await it.setStatus('ci-1', succeeded)
    await it.pass(1000)
    expect(reportOf(await it.read('ci-1'))).toBeUndefined()
    await it.pass(3_600_000)
    expect(it.memory.calls.report).toBeLessThan(30)
    expect(reportOf(await it.read('ci-1'))).toMatchObject({ message: 'git.example is away' })
    expect((await it.read('ci-1'))?.status).toMatchObject(succeeded)
    isAway = false
    await it.pass(400_000)
    expect(reportOf(await it.read('ci-1'))).toEqual({
      state: 'success',
      time: expect.any(String),
      id: '1',
      url: expect.any(String),
    })
    expect(it.warnings.length).toBeLessThan(8)
  })

  it('is not asked by any run of the connection before it said', async () => {
    let isFull = true
    const it = await play({ before: () => (isFull ? new ForgeError('rateLimited', 'wait', 600_000) : undefined) })
    await it.create('ci-1')
    await it.setStatus('ci-1', running)
    await it.pass(1000)
    await it.create('ci-2', { commit: 'b'.repeat(40) })
    await it.setStatus('ci-2', running)
    await it.setStatus('ci-1', succeeded)
    await it.pass(590_000)
    expect(it.memory.calls.report).toBe(1)
    isFull = false
    await it.pass(20_000)
    expect(it.memory.shown.size).toBe(2)
    expect(it.memory.calls.report).toBe(3)
  })

  it('for good is asked each ten minutes, and at once when the connection changes', async () => {
    const it = await play({ before: () => new ForgeError('forbidden', 'the credential may not') })
    await it.create('ci-1')
    await it.setStatus('ci-1', running)
    await it.pass(1000)
    expect(reportOf(await it.read('ci-1'))).toEqual({ failures: 1, message: 'the credential may not' })
    await it.pass(550_000)
    expect(it.memory.calls.report).toBe(1)
    await it.pass(150_000)
    expect(it.memory.calls.report).toBe(2)
    const key = { namespace: 'team', name: 'app' }
    await it.kube.patch(resourceTypes.repositoryConnection, key, { metadata: { annotations: { a: 'b' } } })
    await it.pass(1000)
    expect(it.memory.calls.report).toBe(2)
    await it.kube.patch(resourceTypes.repositoryConnection, key, { spec: { authSecretRef: 'another' } })
    await it.pass(1000)
    expect(it.memory.calls.report).toBe(3)
  })

  it('because the credential may not is asked by each run once, and then by one for all', async () => {
    let isWrong = true
    const it = await play({ before: () => (isWrong ? new ForgeError('forbidden', 'it may not') : undefined) })
    const names = Array.from({ length: 20 }, (_, index) => `ci-${index}`)
    for (const name of names) {
      await it.create(name, { event: { pipeline: name } })
      await it.setStatus(name, succeeded)
    }
    await it.pass(10_000)
    expect(it.memory.calls.report).toBe(20)
    for (const name of names) expect(reportOf(await it.read(name))?.message).toBe('it may not')
    await it.pass(3_600_000)
    expect(it.memory.calls.report).toBeLessThan(20 + 30)
    isWrong = false
    await it.pass(1_400_000)
    expect(it.memory.shown.size).toBe(20)
  })

  it('because it has no such thing is asked again when the connection changes', async () => {
    const it = await play({ before: () => new ForgeError('unsupported', 'there are no statuses') })
    await it.create('ci-1')
    for (const status of [starting, running, succeeded]) {
      await it.setStatus('ci-1', status)
      await it.pass(3_600_000)
    }
    expect(it.memory.calls.report).toBe(1)
    expect(reportOf(await it.read('ci-1'))).toEqual({ failures: 1, message: 'there are no statuses' })
    const key = { namespace: 'team', name: 'app' }
    await it.kube.patch(resourceTypes.repositoryConnection, key, { spec: { provider: 'github' } })
    await it.pass(1000)
    expect(it.memory.calls.report).toBe(2)
  })

  it('is left alone a day after the end', async () => {
    const it = await play({ before: () => new ForgeError('refused', 'there is no such commit') })
    await it.create('ci-1')
    await it.setStatus('ci-1', succeeded)
    await it.pass(90_000_000)
    const { report } = it.memory.calls
    expect(report).toBeGreaterThan(100)
    await it.pass(90_000_000)
    expect(it.memory.calls.report).toBe(report)
  })

  it('because there is no connection hears it when there is one', async () => {
    const it = new ReportPlayground()
    open.push(it)
    await it.start()
    await it.create('ci-1')
    await it.setStatus('ci-1', succeeded)
    await it.pass(10_000)
    expect(it.memory.calls.report).toBe(0)
    await it.connect()
    await it.pass(1000)
    expect(it.tellings()).toEqual(['success: 2 steps succeeded'])
  })
})

describe('the comment of a pull request', () => {
  const pullRequest = { number: 7, fork: false, branch: 'x', targetBranch: 'main' }
  const event = { type: 'pullRequest' as const, pullRequest }

  async function playComments(forge: MemoryForgeOptions = {}): Promise<ReportPlayground> {
    const it = new ReportPlayground(forge)
    open.push(it)
    await it.connect({ pullRequestComments: true })
    await it.start()
    return it
  }

  it('follows the runs of its commit', async () => {
    const it = await playComments()
    for (const name of ['ci', 'lint']) {
      await it.create(`${name}-1`, { event: { ...event, pipeline: name } })
      await it.setStatus(`${name}-1`, running)
    }
    await it.pass(5000)
    await it.setStatus('ci-1', failed)
    await it.setStatus('lint-1', succeeded)
    await it.pass(5000)
    expect(it.memory.calls.comment).toBe(2)
    expect(it.memory.comments.get(7)).toContain('| failure | `StepFailed` |')
    expect(it.memory.comments.get(7)).toContain('| success |')
  })

  it('is written by the next process where this one ends first, and looked at once where nobody knows', async () => {
    const it = await playComments()
    await it.create('ci-1', { event })
    await it.setStatus('ci-1', succeeded)
    await it.pass(600)
    expect(it.memory.calls).toEqual({ report: 1, comment: 0 })
    await it.restart()
    await it.pass(60_000)
    expect(it.memory.calls).toEqual({ report: 1, comment: 1 })
    expect(it.memory.comments.get(7)).toContain('| success |')
    await it.pass(2 * 3_600_000)
    await it.restart()
    await it.pass(60_000)
    expect(it.memory.calls).toEqual({ report: 1, comment: 1 })
  })

  it('that cannot be written keeps no status back, and is given up', async () => {
    const it = await playComments({
      before: (call) => (call === 'comment' ? new ForgeError('unavailable', 'away') : undefined),
    })
    await it.create('ci-1', { event })
    await it.setStatus('ci-1', succeeded)
    await it.pass(1000)
    expect(it.tellings()).toEqual(['success: 2 steps succeeded'])
    await it.pass(10_000_000)
    expect(it.memory.calls).toEqual({ report: 1, comment: 6 })
  })

  it('is written where the connection asks for it', async () => {
    const it = await play()
    await it.create('ci-1', { event })
    await it.setStatus('ci-1', succeeded)
    await it.pass(60_000)
    expect(it.memory.calls).toEqual({ report: 1, comment: 0 })
  })
})
