import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations, labels, systemNamespace } from '../../crds/labels.ts'
import type { PipelineRunSpec } from '../../crds/pipeline-run.ts'
import type { KubeObject, ResourceQuota } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, seed } from '../../test/helpers/admission.ts'
import { aConfig, anInlineRun, aQuota, aRun, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const aClass = (name: string, value: number, globalDefault = false) =>
  ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    globalDefault,
  }) as KubeObject

const aNamespace = (metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: team, ...metadata },
})

const aTeamQuota = (data: Record<string, string>, of = 'blue') =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${of}-quota`, namespace: systemNamespace, labels: { [labels.teamQuota]: of } },
    data,
  }) as KubeObject

async function create(objects: readonly KubeObject[], object: KubeObject = aRun()) {
  const kube = new FakeKube()
  await seed(kube, ...objects)
  const { object: stored, response } = await createTestAdmission(kube).create({
    type: object.kind === 'PipelineConfig' ? resourceTypes.pipelineConfig : resourceTypes.pipelineRun,
    object,
  })
  const { status, warnings } = response
  return { run: stored as PipelineRun, isAllowed: response.allowed, status, warnings }
}

const urgent = (name: string, spec: Partial<PipelineRunSpec> = {}) => aRun({ priorityClassName: name, ...spec })

describe('the priority of a run', () => {
  const classes = [aClass('high', 1000), aClass('low', -5)]

  test.each<[string, readonly KubeObject[], PipelineRun, object | undefined]>([
    ['none', [aConfig(), ...classes], aRun(), undefined],
    [
      'that of the pipeline',
      [aConfig({ priorityClassName: 'low' }), ...classes],
      aRun(),
      { className: 'low', value: -5 },
    ],
    [
      'its own before that',
      [aConfig({ priorityClassName: 'low' }), ...classes],
      urgent('high'),
      { className: 'high', value: 1000 },
    ],
    [
      'the default of the cluster',
      [aConfig(), ...classes, aClass('usual', 7, true)],
      aRun(),
      { className: 'usual', value: 7 },
    ],
  ])('%s', async (...[, objects, run, want]) => {
    const created = await create(objects, run)
    expect(created.isAllowed).toBe(true)
    expect(created.run.spec.plan?.priority).toEqual(want)
  })

  test.each<[string, PipelineRun, string]>([
    [
      'one that is not there',
      urgent('hihg'),
      'spec.priorityClassName: NotFound: PriorityClass "hihg" does not exist (did you mean high?)',
    ],
    [
      'in an inline pipeline',
      anInlineRun({ priorityClassName: 'gone' }),
      'spec.pipelineSpec.priorityClassName: NotFound',
    ],
    ["one of the cluster's own", urgent('system-node-critical'), 'is for the components of the cluster'],
  ])('%s is refused', async (...[, run, message]) => {
    const { isAllowed, status } = await create([aConfig(), ...classes], run)
    expect(isAllowed).toBe(false)
    expect(status?.message).toContain(message)
  })

  test('a config may name one that comes later', async () => {
    const { isAllowed, warnings } = await create([], aConfig({ priorityClassName: 'later' }))
    expect(isAllowed).toBe(true)
    expect(warnings?.join()).toContain('PriorityClass "later" does not exist')
  })

  test('a queue of Kueue is frozen with it', async () => {
    const { run } = await create([aConfig({ queueName: 'ci' })])
    expect(run.spec.plan?.queueName).toBe('ci')
  })
})

describe('a namespace that takes no run which has to wait', () => {
  const rejecting = aNamespace({ annotations: { [annotations.quotaPolicy]: 'Reject' } })
  const quota = (used: string): ResourceQuota => ({
    ...aQuota({ 'requests.cpu': '2' }),
    status: { hard: { 'requests.cpu': '2' }, used: { 'requests.cpu': used } },
  })

  test.each<[string, readonly KubeObject[], boolean]>([
    ['with room', [rejecting, quota('1')], true],
    ['without', [rejecting, quota('1500m')], false],
    ['where runs may wait', [aNamespace(), quota('1500m')], true],
    ['without a quota', [rejecting], true],
  ])('%s', async (...[, objects, want]) => {
    expect((await create([aConfig(), ...objects])).isAllowed).toBe(want)
  })

  test('names the quota, what is asked, used and there', async () => {
    const { status } = await create([aConfig(), rejecting, quota('1500m')])
    expect(status).toMatchObject({ code: 403 })
    expect(status?.message).toContain(
      'spec.pipelineConfigRef: QuotaExceeded: its first steps ask for 520m of requests.cpu together, and ResourceQuota "team" has 1500m of 2 in use',
    )
  })

  test('only what begins counts, and all of that together', async () => {
    const step = { image: 'node:24', commands: ['x'] }
    const steps = [
      { name: 'a', ...step },
      { name: 'b', ...step },
      { name: 'c', ...step, dependsOn: ['a'] },
    ]
    expect((await create([aConfig({ steps }), rejecting, quota('960m')])).isAllowed).toBe(true)
    expect((await create([aConfig({ steps }), rejecting, quota('961m')])).isAllowed).toBe(false)
  })

  test('of legs only as many count as begin at once', async () => {
    const steps = (maxParallel: number) => [
      {
        name: 'leg',
        image: 'node:24',
        commands: ['x'],
        matrix: { dimensions: { os: ['a', 'b', 'c', 'd'] }, maxParallel },
      },
    ]
    expect((await create([aConfig({ steps: steps(2) }), rejecting, quota('960m')])).isAllowed).toBe(true)
    expect((await create([aConfig({ steps: steps(3) }), rejecting, quota('960m')])).isAllowed).toBe(false)
  })

  test('what follows a step that is skipped for sure begins too', async () => {
    const step = { image: 'node:24', commands: ['x'] }
    const steps = [
      { name: 'tagged', ...step, conditional: { tag: 'v*' } },
      { name: 'next', ...step, dependsOn: ['tagged'] },
    ]
    expect((await create([aConfig({ steps }), rejecting, quota('1480m')])).isAllowed).toBe(true)
    expect((await create([aConfig({ steps }), rejecting, quota('1481m')])).isAllowed).toBe(false)
  })
})

describe('the quota of a team', () => {
  const member = aNamespace({ labels: { [labels.team]: 'blue' } })

  test.each<[string, readonly KubeObject[], boolean]>([
    ['too small for a step', [member, aTeamQuota({ 'requests.cpu': '500m' })], false],
    ['large enough', [member, aTeamQuota({ 'requests.cpu': '520m' })], true],
    ['of another team', [member, aTeamQuota({ 'requests.cpu': '1m' }, 'red')], true],
    ['of nobody', [aNamespace(), aTeamQuota({ 'requests.cpu': '1m' })], true],
  ])('%s', async (...[, objects, want]) => {
    expect((await create([aConfig(), ...objects])).isAllowed).toBe(want)
    expect((await create(objects, aConfig())).isAllowed).toBe(want)
  })

  test('is named', async () => {
    const { status } = await create([aConfig(), member, aTeamQuota({ 'requests.cpu': '500m' })])
    expect(status?.message).toContain('asks for 520m of requests.cpu, and the quota of team "blue" has 500m in all')
  })
})
