import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aRun, aSecret, aStep, phasesOf, TestCluster } from '../helpers/cluster.ts'
import { eventually } from '../helpers/eventually.ts'

const cluster = new TestCluster('e2e-pipeline')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const started = (run: PipelineRun, step: string) =>
  Date.parse(run.status?.steps?.find(({ name }) => name === step)?.startTime ?? '')
const ended = (run: PipelineRun, step: string) =>
  Date.parse(run.status?.steps?.find(({ name }) => name === step)?.completionTime ?? '')

beforeAll(() => cluster.createNamespace())
afterAll(() => cluster.removeNamespace())

describe('a config and its run, applied together', () => {
  let run: PipelineRun
  beforeAll(() => {
    const steps = [
      aStep('first', busybox, 'test -f package.json', 'git=no; echo "on $BRANCH at $COMMIT_SHA"', 'pwd'),
      { ...aStep('left', busybox, 'echo left; sleep 3'), dependsOn: ['first'] },
      { ...aStep('right', busybox, 'echo right; sleep 3'), dependsOn: ['first'] },
      {
        ...aStep('last', busybox, 'echo "token: $TOKEN"', 'env | sort', 'cat /c8s/secrets/token.txt'),
        dependsOn: ['left', 'right'],
        secrets: [{ secretRef: 'token', key: 'value', envVar: 'TOKEN', file: 'token.txt' }],
      },
    ]
    cluster.apply(
      aSecret('token', { value: 'correct-horse-battery' }, 'config:example'),
      aConfig('example', { repository: sampleUrls.public, steps }),
      {
        ...aRun('example-1', commits.main.slice(0, 10), { repository: sampleUrls.public, steps }),
        spec: { pipelineConfigRef: 'example', commit: commits.main.slice(0, 10), branch: 'main' },
      },
    )
    run = cluster.waitForRun('example-1')
  })

  test('succeeds, each step after what it needs, the middle ones side by side', () => {
    expect(phasesOf(run)).toEqual({ first: 'Succeeded', left: 'Succeeded', right: 'Succeeded', last: 'Succeeded' })
    expect(run.status?.phase).toBe('Succeeded')
    expect(started(run, 'left')).toBeGreaterThanOrEqual(ended(run, 'first'))
    const made = ['left', 'right'].map((step) => cluster.jobTimeOf(run, step))
    expect(Math.max(...made)).toBeLessThan(Math.min(ended(run, 'left'), ended(run, 'right')))
    expect(started(run, 'last')).toBeGreaterThanOrEqual(ended(run, 'right'))
  })

  test('checks out the exact commit, a short one in full', () => {
    expect(run.status?.commit).toBe(commits.main)
    expect(cluster.logOf(run, 'first')).toContain(`on main at ${commits.main}`)
    expect(cluster.logOf(run, 'first')).toMatch(/^\/workspace$/m)
  })

  test('echoes each command before its output', () => {
    expect(cluster.logOf(run, 'left').split('\n').slice(0, 2)).toEqual(['+ echo left; sleep 3', 'left'])
  })

  test('masks the secret as variable and as file, in every container of the pod', () => {
    const log = cluster.logOf(run, 'last')
    expect(log).toContain('token: ***')
    const all = cluster.run('logs', `job/${cluster.jobOf(run, 'last')}`, '--all-containers')
    expect(`${log}${all}`).not.toContain('correct-horse-battery')
    expect(JSON.stringify(cluster.podOf(run, 'last'))).not.toContain('correct-horse-battery')
  })

  test('gives the documented environment', () => {
    const env = cluster.logOf(run, 'last')
    const wanted = ['CI=true', 'C8S=true', 'C8S_RUN=example-1', 'C8S_STEP=last', 'C8S_CONFIG=example', 'BRANCH=main']
    for (const line of wanted) expect(env.split('\n')).toContain(line)
    expect(env.split('\n')).toContain(`C8S_NAMESPACE=${cluster.namespace}`)
  })

  test('says who asked, and froze the plan', () => {
    const user = JSON.parse(cluster.run('auth', 'whoami', '-o', 'json')) as {
      status: { userInfo: { username: string } }
    }
    expect(run.spec.triggeredBy).toBe(user.status.userInfo.username)
    expect(run.spec.plan?.source?.name).toBe('example')
    expect(run.metadata.labels?.['c8s.dev/config']).toBe('example')
  })

  test('tells kubectl wait, conditions and events', async () => {
    cluster.run('wait', '--for=condition=Succeeded', 'pipelineruns.c8s.dev/example-1', '--timeout=5s')
    const types = run.status?.conditions?.map(({ type, status }) => `${type}=${status}`)
    expect(types).toEqual(
      expect.arrayContaining(['Succeeded=True', 'Ready=True', 'Reconciling=False', 'Stalled=False']),
    )
    // It is told after the status.
    await eventually('the event of the end', async () => {
      const events = cluster.run('get', 'events', '--field-selector=involvedObject.name=example-1')
      return events.includes('RunSucceeded') ? events : undefined
    })
  })

  test('shows itself in kubectl get, by short name and category', () => {
    expect(cluster.run('get', 'c8spr')).toMatch(/example-1\s+Succeeded\s+Succeeded\s+4\/4\s+example/)
    expect(cluster.run('get', 'c8s')).toContain('pipelineconfig.c8s.dev/example')
  })
})

test('a later change of the config does not touch a run that was made before it', () => {
  const wait = aStep('wait', busybox, 'sleep 3')
  const tell = { ...aStep('tell', busybox, 'echo old'), dependsOn: ['wait'] }
  cluster.apply(aConfig('changing', { repository: sampleUrls.public, steps: [wait, tell] }))
  cluster.apply({
    ...aRun('changing-1', commits.main, { repository: sampleUrls.public, steps: [wait] }),
    spec: { pipelineConfigRef: 'changing', commit: commits.main },
  })
  cluster.apply(
    aConfig('changing', { repository: sampleUrls.public, steps: [wait, { ...tell, commands: ['echo new'] }] }),
  )
  expect(cluster.logOf(cluster.waitForRun('changing-1'), 'tell')).toContain('\nold\n')
})
