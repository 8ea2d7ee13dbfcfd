import { afterEach, describe, expect, it } from 'vitest'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { FakeTimers, settle } from '../../test/helpers/fake-timers.ts'
import type { KubeObject, ResourceType } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { indexByLabel, indexByOwner } from './indexes.ts'
import { createInformer, type Informer, type InformerOptions } from './informer.ts'
import { KubeError } from './kube-error.ts'

const { job } = resourceTypes
const running: Informer<KubeObject>[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((informer) => informer.stop()))
})

function newJob(name: string, extra: object = {}): KubeObject {
  return { metadata: { namespace: 'team-a', name, labels: { team: 'a' }, ...extra } }
}

async function startInformer(options: Partial<InformerOptions<KubeObject>> = {}) {
  const faults: { before?: () => void } = {}
  const kube = new FakeKube({
    before: (request) => {
      if (['list', 'watch'].includes(request.verb)) {
        faults.before?.()
      }
    },
  })
  const timers = new FakeTimers()
  await kube.create(job, newJob('first'))
  const errors: unknown[] = []
  const informer = createInformer({
    source: kube,
    type: job,
    timers,
    onFault: (error) => errors.push(error),
    ...options,
  })
  const told: string[] = []
  informer.onChange(({ kind, key }) => told.push(`${kind} ${key.name}`))
  informer.start()
  running.push(informer)
  await settle()
  return { kube, timers, informer, told, errors, faults }
}

const serverError = (status: number, reason: string) => new KubeError('list jobs', { status, reason, detail: reason })

describe('an informer', () => {
  it('lists, then follows what is added, changed and removed', async () => {
    const { kube, informer, told } = await startInformer()
    expect(informer.hasSynced()).toBe(true)
    await kube.create(job, newJob('second'))
    await kube.patch(job, { namespace: 'team-a', name: 'first' }, { metadata: { labels: { team: 'b' } } })
    await kube.remove(job, { namespace: 'team-a', name: 'second' })
    await settle()
    expect(told).toEqual(['added first', 'added second', 'changed first', 'removed second'])
    expect(informer.get({ namespace: 'team-a', name: 'first' })?.metadata.labels).toEqual({ team: 'b' })
    expect(informer.list()).toHaveLength(1)
  })

  it('tells a handler that comes late what is there already', async () => {
    const { informer } = await startInformer()
    const late: string[] = []
    informer.onChange(({ kind, key }) => late.push(`${kind} ${key.name}`))
    expect(late).toEqual(['added first'])
  })

  it('sees an object that was replaced under its name while nobody watched', async () => {
    const { kube, timers, told } = await startInformer()
    kube.endWatches(serverError(410, 'Expired'))
    await kube.remove(job, { namespace: 'team-a', name: 'first' })
    await kube.create(job, newJob('first'))
    await timers.advance(1000)
    expect(told).toEqual(['added first', 'removed first', 'added first'])
  })

  it('finds what was removed while nobody watched', async () => {
    const { kube, timers, told, informer } = await startInformer()
    kube.endWatches(serverError(0, 'ConnectionFailed'))
    await kube.remove(job, { namespace: 'team-a', name: 'first' })
    await timers.advance(1000)
    expect(told).toEqual(['added first', 'removed first'])
    expect(informer.counters).toMatchObject({ relists: 2, restarts: 1, expired: 0 })
  })

  it('lists anew within a second when history was compacted', async () => {
    const { kube, timers, informer } = await startInformer()
    await timers.advance(2000)
    kube.endWatches()
    await kube.create(job, newJob('second'))
    kube.compact()
    await timers.advance(1000)
    expect(informer.list()).toHaveLength(2)
    expect(informer.counters.expired).toBe(1)
  })

  it('resumes a watch that ended in good order without a list', async () => {
    const { kube, timers, informer } = await startInformer()
    await timers.advance(40_000)
    kube.endWatches()
    await settle()
    await kube.create(job, newJob('second'))
    await settle()
    expect(informer.list()).toHaveLength(2)
    expect(informer.counters.relists).toBe(1)
  })

  it.each([429, 500, 503])('backs off from status %i up to 30 s and is then caught up', async (status) => {
    const { kube, timers, informer, faults } = await startInformer()
    faults.before = () => {
      throw serverError(status, 'Busy')
    }
    kube.endWatches(serverError(status, 'Busy'))
    const asked = kube.requests.length
    await timers.advance(120_000)
    // Half of 1, 2, 4, 8, 16, 30, 30 … seconds.
    expect(kube.requests.length - asked).toBeGreaterThan(7)
    expect(kube.requests.length - asked).toBeLessThan(14)
    await kube.create(job, newJob('second'))
    delete faults.before
    await timers.advance(15_000)
    expect(informer.list()).toHaveLength(2)
  })

  it('waits as long as the server asks', async () => {
    const { kube, timers } = await startInformer()
    const busy = new KubeError('list jobs', { status: 429, reason: 'TooManyRequests', detail: '', retryAfterMs: 7000 })
    const asked = kube.requests.length
    kube.endWatches(busy)
    await timers.advance(6900)
    expect(kube.requests.length).toBe(asked)
    await timers.advance(200)
    expect(kube.requests.length).toBeGreaterThan(asked)
  })

  it('tries a server that is gone at least every 8 s', async () => {
    const { kube, timers, informer, faults } = await startInformer()
    faults.before = () => {
      throw serverError(0, 'ConnectionFailed')
    }
    kube.endWatches(serverError(0, 'ConnectionFailed'))
    await timers.advance(300_000)
    await kube.create(job, newJob('second'))
    delete faults.before
    await timers.advance(8000)
    expect(informer.list()).toHaveLength(2)
    expect(informer.silentForMs()).toBeLessThan(8000)
  })

  it('counts no silence from before it was started', async () => {
    const timers = new FakeTimers()
    const informer = createInformer({ source: new FakeKube(), type: job, timers })
    running.push(informer)
    await timers.advance(3_600_000)
    informer.start()
    expect(informer.silentForMs()).toBe(0)
  })

  it('replaces a watch that is silent for 90 s, not one that hears bookmarks', async () => {
    const { kube, timers, informer } = await startInformer()
    const watches = () => kube.requests.filter(({ verb }) => verb === 'watch').length
    for (let minute = 0; minute < 2; minute += 1) {
      await timers.advance(60_000)
      kube.sendBookmarks()
    }
    expect(watches()).toBe(1)
    await timers.advance(96_000)
    expect(watches()).toBe(2)
    expect(informer.counters.relists).toBe(1)
  })

  it('lists at least every 5 minutes, and says what the watch had missed', async () => {
    const { kube, timers, informer } = await startInformer()
    await kube.create(job, newJob('second'))
    for (let minute = 0; minute < 6; minute += 1) {
      kube.sendBookmarks()
      await timers.advance(60_000)
    }
    expect(informer.counters).toMatchObject({ relists: 2, missed: 0 })
  })

  it('goes on when a handler throws, or fails later', async () => {
    const { kube, informer, told, errors } = await startInformer()
    informer.onChange(() => {
      throw new Error('broken handler')
    })
    informer.onChange(async () => {
      throw new Error('broken async handler')
    })
    await kube.create(job, newJob('second'))
    await settle()
    expect(told).toContain('added second')
    expect(informer.counters.handlerFaults).toBe(4)
    expect(errors).toHaveLength(4)
  })

  it('keeps only what transform leaves, and finds it by label and owner', async () => {
    const { kube, informer } = await startInformer({
      transform: ({ metadata: { namespace = '', name = '', labels = {}, ownerReferences = [] } }) => ({
        metadata: { namespace, name, labels, ownerReferences },
      }),
      indexes: { team: indexByLabel('team'), owner: indexByOwner },
    })
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'o', uid: 'u-1' }
    await kube.create(job, newJob('second', { labels: { team: 'b' }, ownerReferences: [owner] }))
    await settle()
    expect(informer.getByIndex('owner', 'u-1').map(({ metadata }) => metadata.name)).toEqual(['second'])
    expect(informer.getByIndex('team', 'a')[0]?.metadata).not.toHaveProperty('uid')
    await kube.patch(job, { namespace: 'team-a', name: 'second' }, { metadata: { labels: { team: 'a' } } })
    await settle()
    expect(informer.getByIndex('team', 'a')).toHaveLength(2)
    expect(informer.getByIndex('team', 'b')).toEqual([])
  })

  it('follows its selector: an object that leaves it is removed', async () => {
    const { kube, informer } = await startInformer({ select: { namespace: 'team-a', labelSelector: 'team=a' } })
    await kube.patch(job, { namespace: 'team-a', name: 'first' }, { metadata: { labels: { team: 'b' } } })
    await settle()
    expect(informer.list()).toEqual([])
  })

  it('stops also while it lists', async () => {
    const { kube } = await startInformer()
    const gate = Promise.withResolvers<void>()
    const source = {
      watch: kube.watch.bind(kube),
      listPages: async function* <T extends KubeObject>(type: ResourceType) {
        await gate.promise
        yield await kube.list<T>(type)
      },
    }
    const informer = createInformer({ source, type: job, timers: new FakeTimers() })
    informer.start()
    await settle()
    const stopped = informer.stop()
    gate.resolve()
    await stopped
    expect(informer.list()).toHaveLength(1)
  })

  it('does not hammer a server that ends each watch at once', async () => {
    const { kube, timers, informer } = await startInformer()
    const asked = kube.requests.length
    for (let second = 0; second < 60; second += 1) {
      kube.endWatches()
      await timers.advance(1000)
    }
    expect(kube.requests.length - asked).toBeLessThan(130)
    expect(informer.list()).toHaveLength(1)
  })
})
