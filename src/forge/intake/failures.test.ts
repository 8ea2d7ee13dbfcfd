import { describe, expect, it } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import type { FakeRequest } from '../../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../../test/helpers/fake-timers.ts'
import { aPullRequest, aPullRequestEvent, aPush, head } from '../../../test/helpers/forge-events.ts'
import { aFile, IntakeWorld } from '../../../test/helpers/intake-world.ts'
import { KubeError, type KubeFault } from '../../kube/kube-error.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import { ForgeError } from '../forge.ts'

/** A world whose API server says no to the runs that are no rejections, and to those too where asked. */
function refusing(fault: KubeFault, to: 'runs' | 'all' = 'runs'): IntakeWorld {
  const world = new IntakeWorld({
    admit: (request: FakeRequest, object: KubeObject) => {
      const isMeant =
        object.kind === 'PipelineRun' && (to === 'all' || (object as PipelineRun).spec.rejected === undefined)
      if (request.verb === 'create' && isMeant) throw new KubeError('create a run', fault)
      return object
    },
  })
  world.forge.setFile(head, aFile('ci'))
  return world
}

const denied = 'admission webhook "validate.c8s.dev" denied the request: '

describe('a run that the API server refuses', () => {
  it('is shown by one that tells why, once, and does not hide the one that is allowed later', async () => {
    let isAllowed = false
    const world = new IntakeWorld({
      admit: (_, object) => {
        if (isAllowed || object.kind !== 'PipelineRun' || (object as PipelineRun).spec.rejected !== undefined)
          return object
        const detail = `${denied}spec.pipelineSpec.steps[0].secrets[0]: SecretForbidden: the connection may not use it`
        throw new KubeError('create', { status: 403, reason: 'Forbidden', detail })
      },
    })
    world.forge.setFile(head, aFile('ci'))
    const first = await world.handle(aPush())
    expect(first).toMatchObject({ verdict: 'Started', reason: 'SecretForbidden' })
    expect(first.message).toBe(
      'ci cannot run: .c8s.yaml:4: steps[0].secrets[0]: SecretForbidden: the connection may not use it',
    )
    expect((await world.handle(aPush())).runs).toEqual(first.runs)
    expect(await world.describeRuns()).toEqual(['ci a SecretForbidden'])
    isAllowed = true
    expect(await world.handle(aPush())).toMatchObject({ verdict: 'Started', reason: 'Started' })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a SecretForbidden'])
  })

  it.each<readonly [string, KubeFault, string]>([
    [
      'by another webhook',
      { status: 400, reason: 'BadRequest', detail: 'admission webhook "x.y" denied the request: no' },
      'Refused',
    ],
    ['by the schema', { status: 422, reason: 'Invalid', detail: 'spec.commit: Invalid value' }, 'Refused'],
    ['for its size', { status: 413, reason: 'RequestEntityTooLarge', detail: 'Request entity too large' }, 'Refused'],
    [
      'by a policy',
      { status: 403, reason: 'Forbidden', detail: 'ValidatingAdmissionPolicy x denied request' },
      'Refused',
    ],
    ['with a webhook’s own 404', { status: 404, reason: 'NotFound', detail: `${denied}spec: NotFound: x` }, 'NotFound'],
  ])('%s', async (_, fault, reason) => {
    const world = refusing(fault)
    expect(await world.handle(aPush())).toMatchObject({ verdict: 'Started', reason })
    expect(await world.describeRuns()).toEqual([`ci a ${reason}`])
  })
})

describe('what the API server cannot do now', () => {
  it.each<readonly [string, KubeFault, string, number | undefined]>([
    [
      'conflict of configs',
      { status: 429, reason: 'TooManyRequests', detail: `${denied}x: Conflict: y`, retryAfterMs: 1000 },
      'ApiServerUnavailable',
      1000,
    ],
    [
      'conflict',
      { status: 409, reason: 'Conflict', detail: 'the object has been modified' },
      'ApiServerUnavailable',
      5000,
    ],
    [
      'webhook is away',
      { status: 500, reason: 'InternalError', detail: 'failed calling webhook "validate.c8s.dev"' },
      'ApiServerUnavailable',
      5000,
    ],
    ['no answer', { status: 0, reason: 'ConnectionFailed', detail: 'ECONNREFUSED' }, 'ApiServerUnavailable', 5000],
    ['quota', { status: 403, reason: 'Forbidden', detail: 'exceeded quota: runs' }, 'QuotaExceeded', 30_000],
    [
      'no right',
      { status: 403, reason: 'Forbidden', detail: 'User "x" cannot create resource "pipelineruns"' },
      'ApiServerRefused',
      undefined,
    ],
    ['no login', { status: 401, reason: 'Unauthorized', detail: 'Unauthorized' }, 'ApiServerRefused', undefined],
    [
      'namespace goes',
      { status: 403, reason: 'Forbidden', detail: 'namespace team is being terminated' },
      'ApiServerRefused',
      undefined,
    ],
    [
      'no kind',
      { status: 404, reason: 'NotFound', detail: 'the server could not find the requested resource' },
      'ApiServerRefused',
      undefined,
    ],
  ])('%s: failed, and nothing stands in for the run', async (...[, fault, reason, retryAfterMs]) => {
    const world = refusing(fault)
    const outcome = await world.handle(aPush())
    expect(outcome).toMatchObject({ verdict: 'Failed', reason, runs: [] })
    expect(outcome.retryAfterMs).toBe(retryAfterMs)
    expect(await world.describeRuns()).toEqual([])
  })

  it('refuses even the run that tells why', async () => {
    const outcome = await refusing({ status: 422, reason: 'Invalid', detail: 'no' }, 'all').handle(aPush())
    expect(outcome).toMatchObject({ verdict: 'Failed', reason: 'ApiServerRefused' })
  })

  it('keeps what went well, and goes on there', async () => {
    let creates = 0
    const world = new IntakeWorld({
      before: ({ verb }) => {
        if (verb !== 'create') return
        creates += 1
        // The second of the three, and when it is tried once more.
        if (creates === 2 || creates === 4)
          throw new KubeError('create', { status: 503, reason: 'x', detail: 'overloaded', retryAfterMs: 7000 })
      },
    })
    for (const name of ['a', 'b', 'c']) world.forge.setFile(head, aFile(name), `.c8s/${name}.yaml`)
    const first = await world.handle(aPush())
    expect(first).toMatchObject({ verdict: 'Failed', reason: 'ApiServerUnavailable', retryAfterMs: 7000 })
    expect(await world.describeRuns()).toEqual(['a a', 'c a'])
    expect((await world.handle(aPush())).verdict).toBe('Started')
    expect(await world.describeRuns()).toEqual(['a a', 'b a', 'c a'])
  })

  it('takes no foreign run of that name for its own', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci'))
    const { runs } = await world.handle(aPush())
    const [run] = await world.listRuns()
    if (run === undefined) throw new Error('no run')
    const other = new IntakeWorld()
    other.forge.setFile(head, aFile('ci'))
    const { event: _, ...spec } = run.spec
    const type = {
      group: 'c8s.dev',
      version: 'v1alpha1',
      plural: 'pipelineruns',
      kind: 'PipelineRun',
      namespaced: true,
    }
    await other.kube.create(type, { metadata: { namespace: 'team', name: runs[0] ?? '' }, spec } as KubeObject)
    expect(await other.handle(aPush())).toMatchObject({ verdict: 'Failed', reason: 'NameTaken' })
  })
})

describe('what the forge cannot do now', () => {
  it.each<readonly [ForgeError, string, number | undefined]>([
    [new ForgeError('unavailable', 'away'), 'ForgeUnavailable', 5000],
    [new ForgeError('rateLimited', 'slower', 90_000), 'ForgeRateLimited', 90_000],
    [new ForgeError('forbidden', 'the token may not'), 'ForgeForbidden', undefined],
    [new ForgeError('notFound', 'gone'), 'ForgeNotFound', undefined],
    [new ForgeError('unsupported', 'no such thing'), 'ForgeUnsupported', undefined],
    [new ForgeError('refused', 'wrong'), 'ForgeRefused', undefined],
  ])('%s', async (error, reason, retryAfterMs) => {
    const world = new IntakeWorld()
    world.forge.before = () => {
      throw error
    }
    const outcome = await world.handle(aPush())
    expect(outcome).toMatchObject({ verdict: 'Failed', reason, message: error.message })
    expect(outcome.retryAfterMs).toBe(retryAfterMs)
    expect(world.faults).toEqual([])
  })

  it.each([
    ['notFound', 'Started'],
    ['forbidden', 'Started'],
    ['unavailable', 'Failed'],
  ] as const)('the changed files, because of %s: %s', async (kind, verdict) => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci', 'triggers: {push: {paths: [src/**]}}\n'))
    world.forge.before = (call) => {
      if (call === 'listChanges') throw new ForgeError(kind, 'no')
    }
    expect((await world.handle(aPush())).verdict).toBe(verdict)
  })
})

describe('what should never happen', () => {
  it('is answered, and logged', async () => {
    const world = new IntakeWorld()
    world.forge.before = () => {
      throw new TypeError('a bug with a secret in it')
    }
    const outcome = await world.handle(aPush())
    expect(outcome).toMatchObject({ verdict: 'Failed', reason: 'Internal', runs: [] })
    expect(outcome.message).not.toContain('secret')
    expect(world.faults).toHaveLength(1)
  })

  it('is given up after 4 s, and done by the time it is told again', async () => {
    const timers = new FakeTimers()
    const world = new IntakeWorld({ timers })
    world.forge.setFile(head, aFile('ci'))
    const { promise, resolve } = Promise.withResolvers<void>()
    const read = world.forge.readPipelineFiles.bind(world.forge)
    world.forge.readPipelineFiles = async (commit) => {
      await promise
      return read(commit)
    }
    const handled = world.handle(aPush())
    await timers.advance(3999)
    await timers.advance(1)
    expect(await handled).toMatchObject({ verdict: 'Failed', reason: 'TimedOut', retryAfterMs: 5000 })
    resolve()
    await timers.advance(0)
    expect(await world.handle(aPush())).toMatchObject({ verdict: 'Started', reason: 'AlreadyStarted' })
  })

  it('does not stop a closed pull request from being heard while a run of it disappears', async () => {
    const world = new IntakeWorld({
      before: ({ verb, key }) => {
        if (verb === 'patch') throw new KubeError('patch', { status: 404, reason: 'NotFound', detail: key.name })
      },
    })
    world.forge.setFile(head, aFile('ci'))
    await world.handle(aPullRequestEvent())
    const outcome = await world.handle(aPullRequestEvent(aPullRequest(), 'closed'))
    expect(outcome).toMatchObject({ verdict: 'Ignored', reason: 'NothingToCancel' })
  })
})
