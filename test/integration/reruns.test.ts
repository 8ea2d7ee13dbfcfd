import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller } from '../helpers/admission.ts'
import { aConfig, aRun, fullCommit } from '../helpers/admission-objects.ts'
import { type ServedWebhooks, serveWebhooks } from '../helpers/running-webhooks.ts'

/** Schema, rules and webhooks of this tree on a real API server: a re-run lacks what its schema asks for until it is filled in. */
let webhooks: ServedWebhooks

const type = resourceTypes.pipelineRun

beforeAll(async () => {
  webhooks = await serveWebhooks()
  await webhooks.admin.create(resourceTypes.pipelineConfig, here(aConfig()))
  await webhooks.admin.create(type, here(aRun()))
  const key = { namespace: webhooks.namespace, name: 'app-1' }
  await webhooks.impersonate(controller.username).patch(type, key, { status: ended }, { subresource: 'status' })
})
afterAll(() => webhooks.stop())

const ended: PipelineRunStatus = {
  phase: 'Failed',
  commit: fullCommit,
  steps: [
    { name: 'test', phase: 'Succeeded', reason: 'Completed', jobName: 'app-1-test', podName: 'app-1-test-0' },
    { name: 'build', phase: 'Failed', reason: 'ExitCode', attempt: 2, attempts: [{ attempt: 1, exitCode: 1 }] },
  ],
}

const here = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, namespace: webhooks.namespace },
})

const create = (name: string, spec: object) =>
  webhooks.admin.create<PipelineRun>(type, here({ ...aRun({}, { name }), spec } as PipelineRun))

const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error('it was allowed'),
    (failure: unknown) => failure,
  )
  return error instanceof KubeError ? `${error.status} ${error.detail}` : String(error)
}

it('is stored with what it copies, though it was sent without a commit and a pipeline', async () => {
  const run = await create('again', { rerunOf: { run: 'app-1', from: 'Failed' } })
  expect(run.spec).toMatchObject({ commit: fullCommit, branch: 'main', pipelineConfigRef: 'app' })
  expect(run.spec.plan?.reused).toEqual([
    { step: 'test', run: 'app-1', jobName: 'app-1-test', podName: 'app-1-test-0' },
  ])
})

it('can be applied again by who applied it without the copies', async () => {
  const sent = here({ ...aRun({}, { name: 'again' }), spec: { rerunOf: { run: 'app-1', from: 'Failed' } } })
  const text = JSON.stringify({ ...sent, apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineRun' })
  expect(kubectl(webhooks.server, ['apply', '--server-side', '--force-conflicts', '-f', '-'], text)).toContain('again')
})

it('hears of c8s, and not of the schema, why it cannot be', async () => {
  expect(await refusalOf(create('x', { rerunOf: { run: 'gone' } }))).toMatch(/PipelineRun "gone" does not exist/)
  expect(await refusalOf(create('x', { rerunOf: { run: 'app-1' }, commit: 'def5678' }))).toMatch(
    /spec.commit: Invalid: is copied from run "app-1"/,
  )
  expect(await refusalOf(create('x', { rerunOf: { run: 'app-1' }, approvedCommit: fullCommit }))).toMatch(
    /spec.approvedCommit: Forbidden/,
  )
})
