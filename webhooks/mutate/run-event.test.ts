import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed, server } from '../../test/helpers/admission.ts'
import {
  aConfig,
  aConnection,
  aForkRun,
  anEvent,
  anInlineRun,
  aPullRequest,
  aRejectedRun,
  aRun,
  fromFile,
  fullCommit,
} from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun

async function mutate(run: PipelineRun, user = server, config = aConfig()) {
  const kube = new FakeKube()
  await seed(kube, config, aConnection())
  const admission = createTestAdmission(kube)
  const { object, response } = await admission.mutate({ type, object: run, user })
  const again = await admission.mutate({ type, object, user })
  expect(again.object).toEqual(object)
  expect(again.response.patch).toBeUndefined()
  return { run: object as PipelineRun, warnings: response.warnings ?? [] }
}

describe('who asked', () => {
  test.each([server, controller])('$username may name another, and is named beside', async (user) => {
    const { run, warnings } = await mutate(aRun({ event: anEvent(), triggeredBy: 'github:ann' }), user)
    expect(run.spec.triggeredBy).toBe('github:ann')
    expect(run.spec.event).toEqual({ ...anEvent(), receivedBy: user.username })
    expect(warnings).toEqual([])
  })

  test('c8s is the one who asked where it names nobody', async () => {
    const { run } = await mutate(aRun({ event: anEvent() }))
    expect(run.spec.triggeredBy).toBe(server.username)
  })

  test('when is stamped whoever it is, and so is who took the event in', async () => {
    const event = anEvent({ receivedBy: 'boss' })
    const { run } = await mutate(aRun({ event, triggeredAt: '2001-01-01T00:00:00Z' }))
    expect(run.spec.triggeredAt).toBe('2026-11-21T10:00:00Z')
    expect(run.spec.event?.receivedBy).toBe(server.username)
  })

  const lookalike = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom(
      'system:admin',
      'system:serviceaccount:team-a:c8s-server',
      'system:serviceaccount:c8s-system:c8s-admission',
      `${server.username} `,
      server.username.toUpperCase(),
      controller.username.replace('c8s-system', 'c8s-system2'),
    ),
  )
  const sent = fc.record(
    {
      event: fc.constantFrom(anEvent(), anEvent(aPullRequest()), anEvent({ receivedBy: server.username })),
      rejected: fc.constant({ reason: 'x', message: 'x' }),
      triggeredBy: fc.string({ minLength: 1 }),
      approvedBy: fc.string({ minLength: 1 }),
      approvedCommit: fc.constantFrom(fullCommit, 'abc1234'),
    },
    { requiredKeys: [] },
  )
  test('nobody else makes a run of an event, or one in the name of another', async () => {
    const kube = new FakeKube()
    await seed(kube, aConfig(), aConnection())
    const admission = createTestAdmission(kube)
    await fc.assert(
      fc.asyncProperty(lookalike, fc.array(fc.string()), sent, async (username, groups, change) => {
        const { event, rejected, approvedCommit } = change
        const user = { username, groups }
        const { object, response } = await admission.create({ type, object: aRun(change), user })
        const { spec } = object as PipelineRun
        expect(spec.triggeredBy).toBe(username)
        expect([undefined, username]).toContain(spec.approvedBy)
        expect(spec.plan ?? {}).not.toHaveProperty('untrusted')
        expect(object.metadata.labels ?? {}).not.toHaveProperty('c8s.dev/event')
        const isForged = event !== undefined || rejected !== undefined || approvedCommit !== undefined
        expect(response.allowed).toBe(!isForged)
      }),
    )
  })
})

describe('the labels', () => {
  test('of an event are c8s’s, whatever is sent', async () => {
    const event = anEvent({ ...aPullRequest(), pipeline: 'web and more' })
    const labels = { 'c8s.dev/pull-request': '1', 'c8s.dev/connection': 'forged', mine: 'stays' }
    const { run } = await mutate({
      ...aRun({ event, branch: 'feature' }),
      metadata: { ...aRun().metadata, labels },
    })
    expect(run.metadata.labels).toMatchObject({
      mine: 'stays',
      'c8s.dev/config': 'app',
      'c8s.dev/connection': 'forge',
      'c8s.dev/event': 'pullRequest',
      'c8s.dev/pull-request': '7',
    })
    expect(run.metadata.labels?.['c8s.dev/pipeline']).toMatch(/^web-and-more-[0-9a-z]{10}$/)
  })

  test.each(['connection', 'event', 'pull-request', 'concurrency-group'])(
    'c8s.dev/%s is taken from whoever puts it on a run of their own, and stays off',
    async (name) => {
      const labels = { [`c8s.dev/${name}`]: 'forged' }
      const { run } = await mutate({ ...aRun(), metadata: { ...aRun().metadata, labels } }, dev)
      expect(run.metadata.labels).not.toHaveProperty(`c8s.dev/${name}`)
      const object = { ...run, metadata: { ...run.metadata, labels: { ...run.metadata.labels, ...labels } } }
      const updated = await createTestAdmission().mutate({ type, object, oldObject: run })
      expect(updated.object).toEqual(run)
    },
  )

  test('name the pipeline of a run that no event asked for: its config', async () => {
    const labels = { 'c8s.dev/pipeline': 'forged' }
    const { run } = await mutate({ ...aRun(), metadata: { ...aRun().metadata, labels } }, dev)
    expect(run.metadata.labels?.['c8s.dev/pipeline']).toBe('app')
  })

  test('name the concurrency group', async () => {
    const { run } = await mutate(aRun(), dev, aConfig({ concurrency: { group: 'deploy {branch}' } }))
    expect(run.spec.plan?.concurrency).toEqual({ group: 'deploy main', cancelInProgress: false })
    expect(run.metadata.labels?.['c8s.dev/concurrency-group']).toMatch(/^deploy-main-/)
  })
})

describe('the plan', () => {
  test('of a run that cannot run is not made, and nothing is said of it', async () => {
    const { run, warnings } = await mutate(aRejectedRun())
    expect(run.spec).not.toHaveProperty('plan')
    expect(run.metadata.labels).toMatchObject({ 'c8s.dev/event': 'push', 'c8s.dev/pipeline': 'web' })
    expect(warnings).toEqual([])
  })

  test.each<[string, PipelineRun, string[] | undefined, string | undefined]>([
    ['a push', aRun({ event: anEvent() }), ['main'], undefined],
    ['a push to a branch that is not allowed', aRun({ event: anEvent(), branch: 'x' }), ['main'], undefined],
    ['a fork', aForkRun(), undefined, 'ForkPullRequest'],
    ['a fork, by a file of it', fromFile(aForkRun()), undefined, 'ForkPullRequest'],
    [
      'a branch that is not allowed',
      aRun({ event: anEvent(aPullRequest()), branch: 'feature' }),
      ['main'],
      'BranchNotAllowed',
    ],
    ['a branch that is allowed', aRun({ event: anEvent(aPullRequest()), branch: 'feature' }), undefined, undefined],
  ])('says whether the commit is trusted: %s', async (...[, run, branches, want]) => {
    const limits = branches === undefined ? {} : { branches }
    const { run: stored } = await mutate(run, server, aConfig(limits))
    expect(stored.spec.plan?.untrusted?.reason).toBe(want)
  })

  test('of a user is trusted, and grouped by the name that is to be made', async () => {
    const run = anInlineRun({ concurrency: {} })
    const { name: _name, ...metadata } = run.metadata
    const { run: stored } = await mutate({ ...run, metadata: { ...metadata, generateName: 'try-' } }, dev)
    expect(stored.spec.plan?.concurrency?.group).toBe('try-main')
    expect(stored.spec.plan).not.toHaveProperty('untrusted')
  })

  test.each([{ concurrency: 'x' }, { concurrency: { group: 5 } }, { branches: 'main' }, { branches: [1] }])(
    'is not made of a pipeline with %j',
    async (broken) => {
      const { run } = await mutate(anInlineRun(broken as never), dev)
      expect(run.spec).not.toHaveProperty('plan')
    },
  )

  test('stands whatever is sent for an event', async () => {
    const kube = new FakeKube()
    await seed(kube, aConfig(), aConnection())
    const admission = createTestAdmission(kube)
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.record({ pullRequest: fc.jsonValue() })), async (event) => {
        const run = aRun({ event: event as never })
        const { response } = await admission.create({ type, object: run, user: server })
        expect(response.allowed).toBe(event === null)
        // A field named __proto__ is refused before anything is read (webhooks/json.ts).
        const refused = JSON.stringify(event).includes('"__proto__":') ? 400 : 422
        expect(response.status?.code ?? 422).toBe(refused)
      }),
    )
  })
})

describe('approval', () => {
  const approved = { approvedCommit: fullCommit, approvedBy: 'github:ann' }

  test('c8s may make a run that was approved before, and say by whom', async () => {
    const { run, warnings } = await mutate(aForkRun(approved))
    expect(run.spec).toMatchObject(approved)
    expect(warnings).toEqual([])
  })

  test('nobody has approved what nobody approved', async () => {
    const { run, warnings } = await mutate(aForkRun({ approvedBy: 'github:ann' }))
    expect(run.spec).not.toHaveProperty('approvedBy')
    expect(warnings).toEqual([expect.stringContaining('spec.approvedBy')])
  })

  const update = async (oldObject: PipelineRun, change: object, user = dev) => {
    const object = { ...oldObject, spec: { ...oldObject.spec, ...change } }
    const admission = createTestAdmission()
    const once = await admission.mutate({ type, object, oldObject, user })
    expect((await admission.mutate({ type, object: once.object, oldObject, user })).object).toEqual(once.object)
    return { spec: (once.object as PipelineRun).spec, warnings: once.response.warnings ?? [] }
  }

  test.each([
    ['a user', dev, {}, 'dev', 0],
    ['a user who names another', dev, { approvedBy: 'github:ann' }, 'dev', 1],
    ['c8s', server, {}, server.username, 0],
    ['c8s that names another', server, { approvedBy: 'github:ann' }, 'github:ann', 0],
  ] as const)('by %s', async (...[, user, claim, want, said]) => {
    const { run } = await mutate(aForkRun())
    const { spec, warnings } = await update(run, { approvedCommit: fullCommit, ...claim }, user)
    expect(spec.approvedBy).toBe(want)
    expect(warnings).toHaveLength(said)
  })

  test('who gave it stays, whoever says what later', async () => {
    const { run } = await mutate(aForkRun(approved))
    for (const user of [dev, server]) {
      expect((await update(run, { approvedBy: 'boss' }, user)).spec).toEqual(run.spec)
      expect((await update(run, { approvedBy: undefined, cancel: true }, user)).spec.approvedBy).toBe('github:ann')
    }
    const { run: waiting } = await mutate(aForkRun())
    expect((await update(waiting, { approvedBy: 'boss' }, server)).spec).toEqual(waiting.spec)
  })
})
