import { afterEach, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations, labels } from '../../crds/labels.ts'
import { nameJob } from '../../crds/names.ts'
import { ControllerPlayground, makeStep, namespace } from '../../test/helpers/controller-playground.ts'
import type { Job } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'

const open: ControllerPlayground[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((playground) => playground.stop()))
})

/**
 * All that somebody can say who may create Jobs: owner, labels, name. Without the label of a step's Job no webhook is asked, and with it
 * only the controller gets one through.
 */
function forge({ metadata }: PipelineRun, marks: Readonly<Record<string, string>> = {}): Job {
  const { name: run = '', uid: runUid = '' } = metadata
  const at = '2020-01-01T00:00:00Z'
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameJob({ run, runUid, step: 'lint', attempt: 1 }),
      namespace,
      annotations: marks,
      labels: { [labels.run]: run, [labels.runUid]: runUid, [labels.step]: 'lint', [labels.attempt]: '1' },
      ownerReferences: [
        { apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineRun', name: run, uid: runUid, controller: true },
      ],
    },
    spec: { suspend: true, template: { spec: { containers: [{ name: 'step', image: 'mine' }] } } },
    status: { conditions: [{ type: 'Complete', status: 'True', reason: '', lastTransitionTime: at }] },
  }
}

test.each([
  ['that has succeeded', {}],
  ['that says it is held', { [annotations.held]: 'admission' }],
] as const)(
  'a Job of somebody else with name and owner of a step, %s, is no attempt of it and stays',
  async (_, marks) => {
    const it = new ControllerPlayground()
    open.push(it)
    const run = await it.createRun([makeStep('lint')])
    const forged = await it.kube.create<Job>(resourceTypes.job, forge(run, marks))
    it.startController()
    const ended = await it.waitForEnd()
    expect(ended.status).toMatchObject({ phase: 'Failed', steps: [{ name: 'lint', reason: 'JobNameTaken' }] })
    const { name = '', uid } = forged.metadata
    expect((await it.kube.get<Job>(resourceTypes.job, { namespace, name }))?.metadata.uid).toBe(uid)
  },
)

test('a Job that somebody puts in the place of a step’s own tells nothing about the step', async () => {
  const it = new ControllerPlayground({ lint: [{ does: 'hang' }] })
  open.push(it)
  it.startController()
  const run = await it.createRun([makeStep('lint')])
  await it.waitForRun(({ status }) => status?.steps?.[0]?.jobName !== undefined)
  const { metadata, ...rest } = forge(run)
  await it.kube.remove(resourceTypes.job, { namespace, name: metadata.name ?? '' })
  await it.kube.create<Job>(resourceTypes.job, { metadata, ...rest })
  expect((await it.waitForEnd()).status).toMatchObject({ phase: 'Failed', steps: [{ reason: 'JobDeleted' }] })
})
