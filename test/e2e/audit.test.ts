import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planFolders } from '../../deploy/local/folders.ts'
import { planSite } from '../../deploy/local/site.ts'
import { aSecret, readChosenCluster, TestCluster } from '../helpers/cluster.ts'
import { findDocInput } from '../helpers/doc-input.ts'
import { eventually } from '../helpers/eventually.ts'

/** The local cluster's API server writes an audit log to the disk of this machine; where another one writes it nobody knows. */
const isLocal = readChosenCluster().kind === 'local'
const cluster = new TestCluster('e2e-audit')
const { commits } = cluster.sample
const logPath = join(planSite(planFolders(process.env).state).logs, 'audit.log')

interface AuditEvent {
  readonly stage: string
  readonly verb: string
  readonly user?: { readonly username?: string }
  readonly objectRef?: {
    readonly namespace?: string
    readonly resource?: string
    readonly subresource?: string
    readonly name?: string
  }
  readonly annotations?: Readonly<Record<string, string>>
}

function findEvents(isWanted: (event: AuditEvent) => boolean): readonly AuditEvent[] {
  // The last may be written at this moment.
  const lines = readFileSync(logPath, 'utf8').split('\n').slice(0, -1)
  return lines
    .filter((line) => line.includes(`"${cluster.namespace}"`))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.stage === 'ResponseComplete' && isWanted(event))
}

const waitForEvent = (what: string, isWanted: (event: AuditEvent) => boolean) =>
  eventually(what, async () => findEvents(isWanted)[0], 30)
const isOf = ({ verb, objectRef }: AuditEvent, wanted: string, name: string) =>
  verb === wanted &&
  objectRef?.resource === 'pipelineruns' &&
  objectRef.name === name &&
  objectRef.subresource === undefined

beforeAll(() => {
  cluster.createNamespace()
  const run = findDocInput('docs/audit.md', cluster, ['PipelineRun', 'audited-1'])
  cluster.apply(aSecret('deploy-key', { value: 'very-secret-value' }), run)
})
afterAll(() => cluster.removeNamespace())

test.runIf(isLocal)('the audit log tells who asked, what runs, who let it go on and who stopped it', async () => {
  const run = cluster.getRun('audited-1')
  const created = await waitForEvent(
    'the creation of the run',
    (event) => isOf(event, 'patch', 'audited-1') || isOf(event, 'create', 'audited-1'),
  )
  expect(created.annotations).toMatchObject({
    'validate.c8s.dev/decision': 'allowed',
    'validate.c8s.dev/triggered-by': run.spec.triggeredBy,
    'validate.c8s.dev/commit': commits.main,
    'validate.c8s.dev/plan-hash': run.spec.plan?.hash,
    'validate.c8s.dev/trust': 'trusted',
  })

  const reason = '--for=jsonpath={.status.reason}=AwaitingApproval'
  cluster.run('wait', reason, 'pipelineruns.c8s.dev/audited-1', '--timeout=90s')
  const job = await waitForEvent('the creation of the Job', ({ verb, objectRef }) => {
    return (
      verb === 'create' &&
      objectRef?.resource === 'jobs' &&
      objectRef.name === cluster.jobOf(cluster.getRun('audited-1'), 'build')
    )
  })
  expect(job.annotations).toMatchObject({
    'jobs.c8s.dev/run': 'audited-1',
    'jobs.c8s.dev/step': 'build',
    'jobs.c8s.dev/secrets': 'deploy-key',
  })

  const patch = (spec: object) =>
    cluster.run('patch', 'pipelineruns.c8s.dev', 'audited-1', '--type=merge', '-p', JSON.stringify({ spec }))
  patch({ approvals: { deploy: 'Approved' } })
  const approval = await waitForEvent('the approval', (event) => {
    return isOf(event, 'patch', 'audited-1') && event.annotations?.['validate.c8s.dev/approvals'] !== undefined
  })
  expect(approval.annotations).toMatchObject({
    'validate.c8s.dev/approvals': 'deploy=Approved',
    'validate.c8s.dev/approvals-by': approval.user?.username,
  })

  patch({ cancel: true })
  const stop = await waitForEvent('the cancel', (event) => {
    return isOf(event, 'patch', 'audited-1') && event.annotations?.['validate.c8s.dev/cancelled-by'] !== undefined
  })
  expect(stop.annotations?.['validate.c8s.dev/cancelled-by']).toBe(stop.user?.username)
  expect(cluster.waitForRun('audited-1').status?.phase).toBe('Cancelled')
  expect(readFileSync(logPath, 'utf8')).not.toContain('very-secret-value')
})
