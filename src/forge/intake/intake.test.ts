import { describe, expect, it } from 'vitest'
import {
  aCommit,
  aDeletion,
  anOwnPullRequest,
  aPullRequest,
  aPullRequestEvent,
  aPush,
  aTagPush,
  head,
} from '../../../test/helpers/forge-events.ts'
import { aFile, aSecretFile, IntakeWorld } from '../../../test/helpers/intake-world.ts'

const next = aCommit('b')

describe('a push', () => {
  it('starts a run, and the same run when it is told again', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci'))
    const first = await world.handle(aPush())
    expect(first).toMatchObject({ verdict: 'Started', reason: 'Started', commit: head })
    const again = await world.handle(aPush({ delivery: 'head:refs/heads/main' }))
    expect(again).toMatchObject({ verdict: 'Started', reason: 'AlreadyStarted', runs: first.runs })
    expect(await world.describeRuns()).toEqual(['ci a'])
  })

  it('starts each pipeline that it is meant for, and says of the others why not', async () => {
    const world = new IntakeWorld()
    for (const [path, name, more] of [
      ['.c8s.yaml', 'ci', ''],
      ['.c8s/deploy.yaml', 'deploy', 'branches: [release]\n'],
      ['.c8s/tagged.yaml', 'tagged', 'triggers: {tag: {}}\n'],
    ] as const)
      world.forge.setFile(head, aFile(name, more), path)
    expect(await world.handle(aPush())).toMatchObject({
      verdict: 'Started',
      message: expect.stringMatching(
        /^started ci-\S+; deploy is not started by pushes to "main"; tagged is not started by pushes to branches$/,
      ) as string,
    })
    expect(await world.describeRuns()).toEqual(['ci a'])
    expect(await world.handle(aTagPush('v1'))).toMatchObject({ verdict: 'Started' })
    expect(await world.describeRuns()).toEqual(['ci a', 'tagged a'])
  })

  it('of a commit with a broken file shows why, beside the others', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci'))
    world.forge.setFile(head, 'name: docs\n', '.c8s/docs.yaml')
    const outcome = await world.handle(aPush())
    expect(outcome).toMatchObject({ verdict: 'Started', reason: 'ConfigInvalid' })
    expect(outcome.message).toMatch(/^docs cannot run: .*; started ci-\S+$/)
    expect(await world.describeRuns()).toEqual(['ci a', 'docs a ConfigInvalid'])
    const [, rejected] = await world.listRuns()
    expect(rejected?.spec.rejected).toMatchObject({ file: '.c8s/docs.yaml', line: 1 })
  })

  it('of a commit with a broken file alone starts the run that tells it', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, 'name: docs\n')
    const { runs, message, ...rest } = await world.handle(aPush())
    expect(rest).toEqual({ verdict: 'Started', reason: 'ConfigInvalid', commit: head })
    expect(message).toMatch(/^docs cannot run: \.c8s\.yaml:1: \w+: Required: /)
    expect(runs).toHaveLength(1)
    expect((await world.handle(aPush())).runs).toEqual(runs)
  })

  it('of a commit without a pipeline is ignored', async () => {
    const world = new IntakeWorld()
    world.forge.files.set(head, [])
    expect(await world.handle(aPush())).toMatchObject({ verdict: 'Ignored', reason: 'NoPipeline', runs: [] })
  })

  it('of what a run cannot carry is ignored, without a word to the forge', async () => {
    const world = new IntakeWorld()
    const outcome = await world.handle(aPush({ ref: { kind: 'branch', name: '--upload-pack=x' } }))
    expect(outcome).toMatchObject({ verdict: 'Ignored', reason: 'RefUnsupported' })
    expect(world.forge.calls).toEqual([])
  })
})

describe('changed files', () => {
  const filtered = 'triggers: {push: {paths: ["src/**"]}}\n'

  it.each<readonly [string, string, readonly string[] | undefined, readonly string[] | undefined, string, number]>([
    ['are not asked for without a filter', '', undefined, ['x'], 'Started', 0],
    ['are not asked for where they were told', filtered, ['README.md'], ['src/a'], 'Ignored', 0],
    ['are asked for, and leave the pipeline out', filtered, undefined, ['README.md'], 'Ignored', 1],
    ['are asked for, and let it run', filtered, undefined, ['src/a'], 'Started', 1],
    ['are asked for, and nobody can tell', filtered, undefined, undefined, 'Started', 1],
  ])('%s', async (...[, more, told, asked, verdict, calls]) => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci', more))
    world.forge.changes = asked
    const outcome = await world.handle(aPush(told === undefined ? {} : { changes: told }))
    expect(outcome.verdict).toBe(verdict)
    expect(world.forge.calls.filter((call) => call === 'listChanges')).toHaveLength(calls)
  })
})

describe('the changed files of a run', () => {
  const file = (conditional: string) => `${aFile('ci')}    conditional: ${conditional}\n`
  const filesOf = async (world: IntakeWorld) => (await world.listRuns()).map(({ spec }) => spec.event?.changedFiles)

  it('are those that the delivery told, whether a step asks or not', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci'))
    await world.handle(aPush({ changes: ['README.md'] }))
    expect(await filesOf(world)).toEqual([['README.md']])
    expect(world.forge.calls).not.toContain('listChanges')
  })

  it.each([
    ['{ paths: ["src/**"] }', 1],
    ['{ ignorePaths: ["docs/**"] }', 1],
    ['{ when: \'changedFiles.exists(f, f.startsWith("src/"))\' }', 1],
    ['{ when: \'branch == "main"\' }', 0],
  ])('are asked for where a step has %s', async (conditional, calls) => {
    const world = new IntakeWorld()
    world.forge.setFile(head, file(conditional))
    world.forge.changes = ['src/a', 'b']
    expect(await world.handle(aPush())).toMatchObject({ verdict: 'Started' })
    expect(await filesOf(world)).toEqual([calls === 0 ? undefined : ['src/a', 'b']])
    expect(world.forge.calls.filter((call) => call === 'listChanges')).toHaveLength(calls)
  })

  it.each([
    ['nobody can tell', undefined],
    ['there are too many', Array.from({ length: 501 }, (_, index) => `${index}`)],
  ])('are left out where %s, and the run starts', async (_, changes) => {
    const world = new IntakeWorld()
    world.forge.setFile(head, file('{ paths: ["src/**"] }'))
    world.forge.changes = changes
    expect(await world.handle(aPush())).toMatchObject({ verdict: 'Started' })
    expect(await filesOf(world)).toEqual([undefined])
  })
})

describe('a pull request', () => {
  it('of a fork starts a run without a branch', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci'))
    await world.handle(aPullRequestEvent())
    const [run] = await world.listRuns()
    expect(run?.spec).toMatchObject({ event: { type: 'pullRequest', pullRequest: { number: 7, fork: true } } })
    expect(run?.spec.branch).toBeUndefined()
  })

  it('of an own branch adds nothing to the push', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci'))
    const pullRequest = anOwnPullRequest()
    await world.handle(aPush({ ref: { kind: 'branch', name: pullRequest.branch } }))
    expect(await world.handle(aPullRequestEvent(pullRequest))).toMatchObject({
      verdict: 'Ignored',
      reason: 'StartedByPush',
    })
    expect(await world.describeRuns()).toEqual(['ci a'])
  })

  it('whose delivery tells half of the commit is asked for', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci'))
    world.forge.pullRequests.set(7, aPullRequest())
    const outcome = await world.handle(aPullRequestEvent(aPullRequest({ commit: head.slice(0, 12) })))
    expect(outcome).toMatchObject({ verdict: 'Started', commit: head })
  })

  it('that goes on cancels what waits for the approval of its earlier commit', async () => {
    const world = new IntakeWorld()
    for (const commit of [head, next]) world.forge.setFile(commit, aSecretFile('ci'))
    world.forge.setFile(head, aFile('free'), '.c8s/free.yaml')
    await world.handle(aPullRequestEvent())
    world.forge.pullRequests.set(7, aPullRequest({ commit: next }))
    const outcome = await world.handle(aPullRequestEvent(aPullRequest({ commit: next })))
    expect(outcome.message).toMatch(/^started ci-\S+; cancelled ci-\S+, because the pull request is at b+ now$/)
    expect(await world.describeRuns()).toEqual(['ci a cancelled', 'ci b', 'free a'])
    // The earlier delivery comes late: the head stays as it is.
    await world.handle(aPullRequestEvent())
    expect(await world.describeRuns()).toEqual(['ci a cancelled', 'ci b', 'free a'])
  })

  it('that goes on without any pipeline cancels what waits for the approval of its earlier commit, too', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aSecretFile('ci'))
    world.forge.files.set(next, [])
    await world.handle(aPullRequestEvent())
    world.forge.pullRequests.set(7, aPullRequest({ commit: next }))
    const outcome = await world.handle(aPullRequestEvent(aPullRequest({ commit: next })))
    expect(outcome.message).toMatch(/^cancelled ci-\S+, because .* now; the commit has neither/)
    expect(await world.describeRuns()).toEqual(['ci a cancelled'])
  })

  it('that goes on with files that cannot be read does so, too', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aSecretFile('ci'))
    await world.handle(aPullRequestEvent())
    world.forge.pullRequests.set(7, aPullRequest({ commit: next }))
    const outcome = await world.handle(aPullRequestEvent(aPullRequest({ commit: next })))
    expect(outcome).toMatchObject({ verdict: 'Failed', reason: 'ForgeNotFound' })
    expect(await world.describeRuns()).toEqual(['ci a cancelled'])
  })

  it('that is closed cancels its own runs, and no others', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci'))
    await world.handle(aPullRequestEvent())
    await world.handle(aPullRequestEvent(aPullRequest({ number: 8 })))
    expect(await world.handle(aPullRequestEvent(aPullRequest(), 'closed'))).toMatchObject({
      verdict: 'Done',
      reason: 'Cancelled',
      message: expect.stringMatching(/^cancelled ci-\S+, because the pull request 7 is closed$/) as string,
    })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a cancelled'])
    const again = await world.handle(aPullRequestEvent(aPullRequest(), 'closed'))
    expect(again).toMatchObject({ verdict: 'Ignored', reason: 'NothingToCancel' })
  })
})

describe('the deletion of a branch', () => {
  it('stops the runs of its pushes whose pipeline asks for it', async () => {
    const world = new IntakeWorld()
    world.forge.setFile(head, aFile('ci', 'triggers: {push: {cancelWhenDeleted: true}}\n'))
    world.forge.setFile(head, aFile('stays'), '.c8s/stays.yaml')
    await world.handle(aPush({ ref: { kind: 'branch', name: 'feature/x' } }))
    await world.handle(aPush())
    const outcome = await world.handle(aDeletion('feature/x'))
    expect(outcome).toMatchObject({ verdict: 'Done', reason: 'Cancelled' })
    expect(await world.describeRuns()).toEqual(['ci a', 'ci a cancelled', 'stays a', 'stays a'])
    expect(await world.handle(aDeletion('nowhere'))).toMatchObject({ verdict: 'Ignored', reason: 'NothingToCancel' })
  })

  it('asks the config for what a run of it says', async () => {
    const world = new IntakeWorld({ connection: { pipelineConfigRef: 'app' } })
    await world.createConfig('app')
    await world.handle(aPush())
    expect(await world.handle(aDeletion('main'))).toMatchObject({ verdict: 'Ignored' })
    await world.kube.patch(
      { group: 'c8s.dev', version: 'v1alpha1', plural: 'pipelineconfigs', kind: 'PipelineConfig', namespaced: true },
      { namespace: 'team', name: 'app' },
      { spec: { triggers: { push: { cancelWhenDeleted: true } } } },
    )
    expect(await world.handle(aDeletion('main'))).toMatchObject({ verdict: 'Done', reason: 'Cancelled' })
  })
})

describe('a connection with pipelineConfigRef', () => {
  const open = () => new IntakeWorld({ connection: { pipelineConfigRef: 'app' } })

  it('runs that config, and asks the forge nothing', async () => {
    const world = open()
    await world.createConfig('app')
    expect(await world.handle(aPush())).toMatchObject({ verdict: 'Started', reason: 'Started' })
    const [run] = await world.listRuns()
    expect(run?.spec).toMatchObject({ pipelineConfigRef: 'app', event: { pipeline: 'app' } })
    expect(world.forge.calls).toEqual([])
  })

  it('waits for a config that is not there yet', async () => {
    const outcome = await open().handle(aPush())
    expect(outcome).toMatchObject({
      verdict: 'Failed',
      reason: 'PipelineConfigNotFound',
      retryAfterMs: 30_000,
      runs: [],
    })
  })

  it('refuses a config of another repository, and takes another spelling of the same', async () => {
    const world = open()
    await world.createConfig('app', { repository: 'https://git.test/team/other' })
    expect(await world.handle(aPush())).toMatchObject({ verdict: 'Failed', reason: 'RepositoryMismatch' })
    const other = open()
    await other.createConfig('app', { repository: 'ssh://git@GIT.test/team/app.git' })
    expect(await other.handle(aPush())).toMatchObject({ verdict: 'Started' })
  })
})
