import { describe, expect, it } from 'vitest'
import { aComment, aCommit, aPullRequest, aPullRequestEvent, head } from '../../../test/helpers/forge-events.ts'
import { aFile, aSecretFile, IntakeWorld } from '../../../test/helpers/intake-world.ts'
import type { PullRequest } from '../../lib/forge-event.ts'
import { ForgeError } from '../forge.ts'

const next = aCommit('b')
const seenAt = Date.parse('2026-11-21T09:00:00.000Z')
/** An hour after the pull request was seen. */
const later = '2026-11-21T10:00:00Z'

/** Pull request 7 of a fork, seen at nine; `alice` may write. */
async function open(file = aSecretFile('ci')): Promise<IntakeWorld> {
  const world = new IntakeWorld()
  world.forge.writers.add('alice')
  for (const commit of [head, next]) world.forge.setFile(commit, file)
  world.now = seenAt
  await push(world)
  world.now = Date.parse(later) + 1000
  return world
}

async function push(world: IntakeWorld, change: Partial<PullRequest> = {}): Promise<void> {
  world.forge.pullRequests.set(7, aPullRequest(change))
  await world.handle(aPullRequestEvent(aPullRequest(change)))
}

const comment = (world: IntakeWorld, text: string, change = {}) =>
  world.handle(aComment(text, { createdAt: later, ...change }))

describe('who may give commands', () => {
  it('nobody who may not push', async () => {
    const world = await open()
    for (const text of ['/test', '/retest', '/cancel', '/ok-to-test', `/ok-to-test ${head}`]) {
      const outcome = await comment(world, text, { author: 'mallory' })
      expect(outcome).toMatchObject({ verdict: 'Refused', reason: 'NotAllowed', runs: [] })
      expect(outcome.message).toContain('"mallory" may not push')
    }
    expect(await world.describeRuns()).toEqual(['ci a'])
  })

  it('nobody where the forge cannot tell', async () => {
    const world = await open()
    world.forge.knowsWriters = false
    const outcome = await comment(world, `/ok-to-test ${head}`)
    expect(outcome).toMatchObject({ verdict: 'Refused', reason: 'WritersUnknown' })
    expect(outcome.message).toBe('the forge cannot tell who may write; use kubectl')
    expect(await world.describeRuns()).toEqual(['ci a'])
  })

  it('nobody is asked about where there is no command', async () => {
    const world = await open()
    const before = world.forge.calls.length
    expect(await comment(world, 'LGTM, try /test')).toMatchObject({ verdict: 'Ignored', reason: 'NoCommand' })
    expect(world.forge.calls).toHaveLength(before)
  })

  it('is not known while the forge is away', async () => {
    const world = await open()
    world.forge.before = (call) => {
      if (call === 'canWrite') throw new ForgeError('unavailable', 'the forge is away')
    }
    expect(await comment(world, '/ok-to-test')).toMatchObject({ verdict: 'Failed', retryAfterMs: 5000 })
    expect(await world.describeRuns()).toEqual(['ci a'])
  })
})

describe('/test and /retest', () => {
  it('start one run a comment, however often it is told', async () => {
    const world = await open()
    const first = await comment(world, '/test ci\n/test')
    expect(first).toMatchObject({ verdict: 'Started', reason: 'Started', commit: head })
    expect(await comment(world, '/test ci\n/test')).toMatchObject({ reason: 'AlreadyStarted', runs: first.runs })
    await comment(world, '/test', { comment: '4712' })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a', 'ci a'])
    const asked = (await world.listRuns()).filter(({ spec }) => spec.event?.command !== undefined)
    expect(new Set(asked.map(({ spec }) => spec.event?.command))).toEqual(new Set(['/test ci', '/test']))
    expect(new Set(asked.map(({ spec }) => spec.triggeredBy))).toEqual(new Set(['gitea:alice']))
  })

  it('run again what failed', async () => {
    const world = await open()
    expect(await comment(world, '/retest')).toMatchObject({ verdict: 'Ignored', reason: 'NothingToRetest' })
    await world.end('ci', 'Failed')
    const first = await comment(world, '/retest', { comment: '4713' })
    expect(first.verdict).toBe('Started')
    expect(await comment(world, '/retest', { comment: '4713' })).toMatchObject({ verdict: 'Ignored' })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a'])
  })

  it('ask what changed where a step runs by it', async () => {
    const world = await open(`${aFile('ci')}    conditional: { paths: ["src/**"] }\n`)
    world.forge.changes = ['src/main.ts']
    await comment(world, '/test')
    const asked = (await world.listRuns()).filter(({ spec }) => spec.event?.command !== undefined)
    expect(asked.map(({ spec }) => spec.event?.changedFiles)).toEqual([['src/main.ts']])
  })

  it('say what is broken', async () => {
    const world = await open('name: x')
    expect(await comment(world, '/test')).toMatchObject({ verdict: 'Started', reason: 'ConfigInvalid' })
    world.forge.files.set(head, [])
    expect(await comment(world, '/test')).toMatchObject({ verdict: 'Ignored', reason: 'NoPipeline' })
  })

  it('are for pull requests', async () => {
    const world = await open()
    expect(await comment(world, '/test', { number: 99 })).toMatchObject({
      verdict: 'Ignored',
      reason: 'NotAPullRequest',
    })
  })

  it('take the pull request that the delivery tells, and the forge’s where it tells half of it', async () => {
    const world = await open()
    await comment(world, '/test', { pullRequest: aPullRequest({ commit: next }) })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci b'])
    await comment(world, '/test', { comment: '5', pullRequest: aPullRequest({ commit: next.slice(0, 12) }) })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a', 'ci b'])
  })
})

describe('/cancel', () => {
  it('stops the runs of the pull request, and not what the same comment starts', async () => {
    const world = await open()
    for (const _ of ['told', 'told again'])
      expect(await comment(world, '/test\n/cancel')).toMatchObject({ verdict: 'Started' })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a cancelled'])
  })

  it('stops nothing that began after it, when it is told again', async () => {
    const world = await open()
    await comment(world, '/cancel')
    world.now += 600_000
    await comment(world, '/test', { comment: '4712', createdAt: '2026-11-21T10:10:00Z' })
    expect(await comment(world, '/cancel')).toMatchObject({ verdict: 'Ignored', reason: 'NothingToCancel' })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a cancelled'])
  })
})

describe('/ok-to-test', () => {
  it('approves the head that was seen before', async () => {
    const world = await open()
    const outcome = await comment(world, '/ok-to-test')
    expect(outcome).toMatchObject({ verdict: 'Done', reason: 'Approved', commit: head })
    expect(outcome.runs).toHaveLength(1)
    expect(await world.describeRuns()).toEqual(['ci a approved by gitea:alice'])
    expect(await comment(world, '/ok-to-test')).toMatchObject({ verdict: 'Ignored', reason: 'NothingToApprove' })
  })

  it('approves nothing that was pushed while it was written', async () => {
    const world = await open()
    await push(world, { commit: next })
    const outcome = await comment(world, '/ok-to-test')
    expect(outcome).toMatchObject({ verdict: 'Refused', reason: 'PullRequestChanged' })
    expect(outcome.message).toContain(`write /ok-to-test ${next}`)
    expect(await world.describeRuns()).toEqual(['ci a cancelled', 'ci b'])
    expect(await comment(world, `/ok-to-test ${next}`)).toMatchObject({ verdict: 'Done' })
    expect(await world.describeRuns()).toEqual(['ci a cancelled', 'ci b approved by gitea:alice'])
  })

  it('approves nothing that was pushed and is not known yet', async () => {
    const world = await open()
    world.forge.pullRequests.set(7, aPullRequest({ commit: next }))
    expect(await comment(world, '/ok-to-test')).toMatchObject({ verdict: 'Refused' })
    expect(await comment(world, `/ok-to-test ${head}`)).toMatchObject({ verdict: 'Refused' })
    expect(await world.describeRuns()).toEqual(['ci a'])
  })

  it('dies with the next push', async () => {
    const world = await open()
    await comment(world, '/ok-to-test')
    await push(world, { commit: next })
    expect(await comment(world, '/ok-to-test')).toMatchObject({ verdict: 'Refused' })
    expect(await world.describeRuns()).toEqual(['ci a approved by gitea:alice', 'ci b'])
  })

  it('counts for what the same comment, or a later one, runs again', async () => {
    const world = await open()
    await comment(world, '/test\n/ok-to-test')
    await comment(world, '/test', { comment: '4712' })
    const approved = 'ci a approved by gitea:alice'
    expect(await world.describeRuns()).toEqual([approved, approved, approved])
  })

  it('is not implied by /test', async () => {
    const world = await open()
    await comment(world, '/test')
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a'])
  })

  it('is not needed for what uses no secret, and does it no harm', async () => {
    const world = await open(aFile('ci'))
    expect(await comment(world, '/ok-to-test')).toMatchObject({ verdict: 'Done', reason: 'Approved' })
  })
})
