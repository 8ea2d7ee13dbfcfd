import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller } from '../helpers/admission.ts'
import { aConfig, aRun, aSecret } from '../helpers/admission-objects.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'
import { eventually } from '../helpers/eventually.ts'
import { type ServedWebhooks, serveWebhooks } from '../helpers/running-webhooks.ts'

/** An API server of its own: the audit policy is a flag of it. */
let webhooks: ServedWebhooks

const logOf = (folder: string) => join(folder, 'audit.log')

/** The policy is the example of docs/audit.md. */
function prepareFlags(folder: string): readonly string[] {
  const examples = parseExamples(readDocPage('docs/audit.md')).flatMap(({ documents }) => documents)
  const policy = examples.find((document) => (document as KubeObject).kind === 'Policy')
  writeFileSync(join(folder, 'policy.yaml'), JSON.stringify(policy))
  return [`--audit-policy-file=${join(folder, 'policy.yaml')}`, `--audit-log-path=${logOf(folder)}`]
}

beforeAll(async () => {
  webhooks = await serveWebhooks({ prepareFlags })
})
afterAll(() => webhooks.stop())

interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly objectRef?: { readonly resource?: string; readonly name?: string }
  readonly impersonatedUser?: { readonly username?: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** What the log has of the creation of an object, once it is written. */
async function findCreation(resource: string, name: string): Promise<AuditEvent> {
  return eventually(`the audit event of ${resource}/${name}`, async () => {
    // The last line may be half written.
    const whole = readFileSync(logOf(webhooks.server.folder), 'utf8').split('\n').slice(0, -1)
    const lines = whole.filter((line) => line.includes(name))
    const events = lines.map((line) => JSON.parse(line) as AuditEvent)
    return events.find(
      ({ verb, objectRef }) => verb === 'create' && objectRef?.resource === resource && objectRef.name === name,
    )
  })
}

const here = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, namespace: webhooks.namespace },
})

test('the audit log tells who asked for a run, of what, and what was decided', async () => {
  const dev = webhooks.impersonate('dev')
  await dev.create(resourceTypes.pipelineConfig, here(aConfig()))
  await dev.create(resourceTypes.pipelineRun, here(aRun({}, { name: 'audited' })))
  const { annotations: notes, impersonatedUser } = await findCreation('pipelineruns', 'audited')
  expect(impersonatedUser?.username).toBe('dev')
  expect(notes).toMatchObject({
    'validate.c8s.dev/decision': 'allowed',
    'validate.c8s.dev/triggered-by': 'dev',
    'validate.c8s.dev/config': 'app@1',
    'validate.c8s.dev/commit': 'abc1234',
    'validate.c8s.dev/trust': 'trusted',
  })
})

test('a refusal is in the log with its code', async () => {
  const dev = webhooks.impersonate('dev')
  await dev
    .create(resourceTypes.pipelineRun, here(aRun({ pipelineConfigRef: 'gone' }, { name: 'refused' })))
    .catch(() => undefined)
  const { annotations: notes } = await findCreation('pipelineruns', 'refused')
  expect(notes).toMatchObject({ 'validate.c8s.dev/decision': 'NotFound', 'validate.c8s.dev/config': 'gone' })
})

test('which Secrets a step’s Job gets is in the log, by name', async () => {
  const dev = webhooks.impersonate('dev')
  await dev.create(
    resourceTypes.secret,
    here({ ...aSecret('registry'), stringData: { token: 'not-in-the-log' } } as KubeObject),
  )
  const steps = [
    { name: 'push', image: 'tool:1', commands: ['push'], secrets: [{ secretRef: 'registry', key: 'token' }] },
  ]
  await dev.create(resourceTypes.pipelineConfig, here(aConfig({ steps }, { name: 'pushes' })))
  const run = await dev.create<PipelineRun>(
    resourceTypes.pipelineRun,
    here(aRun({ pipelineConfigRef: 'pushes' }, { name: 'pushing' })),
  )
  const step = run.spec.plan?.steps[0]
  if (step === undefined) throw new Error('the run has no plan')
  const job = renderJob({ run, step, attempt: 1, ttlSeconds: 60 })
  await webhooks.impersonate(controller.username).create(resourceTypes.job, job)
  const { annotations: notes } = await findCreation('jobs', job.metadata.name ?? '')
  expect(notes).toMatchObject({
    'jobs.c8s.dev/decision': 'allowed',
    'jobs.c8s.dev/run': 'pushing',
    'jobs.c8s.dev/step': 'push',
    'jobs.c8s.dev/attempt': '1',
    'jobs.c8s.dev/secrets': 'registry',
  })
  expect(readFileSync(logOf(webhooks.server.folder), 'utf8')).not.toContain('not-in-the-log')
})

test('a dry run answers with the plan through a real API server, and stores nothing', async () => {
  const dev = webhooks.impersonate('dev')
  const answer = await dev.create(resourceTypes.pipelineRun, here(aRun({}, { name: 'thought-of' })), { dryRun: true })
  expect(answer.metadata.annotations?.[annotations.plan]).toContain('stepCount: 2')
  const key = { namespace: webhooks.namespace, name: 'thought-of' }
  expect(await webhooks.admin.get(resourceTypes.pipelineRun, key)).toBeUndefined()
  const real = await webhooks.admin.get(resourceTypes.pipelineRun, { ...key, name: 'audited' })
  expect(real?.metadata.annotations).toBeUndefined()
})
