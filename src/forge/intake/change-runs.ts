import type { PipelineRunSpec } from '../../../crds/pipeline-run.ts'
import type { Finding } from '../../engine/trigger/finding.ts'
import type { EventRun } from '../../engine/trigger/render-run.ts'
import { isNotFound } from '../../kube/kube-error.ts'
import type { KubeWriter } from '../../kube/ports.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { toFailure } from './failure.ts'
import { mapSideBySide } from './side-by-side.ts'

type Client = Pick<KubeWriter, 'patch'>
type SpecChange = Partial<Pick<PipelineRunSpec, 'cancel' | 'approvedCommit' | 'approvedBy'>>

const mostAtOnce = 10

/** Asks the runs to stop. Never throws; why it is done follows the word because. */
export function cancelRuns(client: Client, runs: readonly EventRun[], because: string): Promise<readonly Finding[]> {
  const told = (name: string) => ({ reason: 'Cancelled', message: `cancelled ${name}, because ${because}` })
  return changeRuns(client, runs, (run) => ({ change: { cancel: true }, ...told(run.metadata.name ?? '') }))
}

/** Lets the runs have their secrets. `approvedBy` as in `github:octocat`. */
export function approveRuns(
  client: Client,
  runs: readonly EventRun[],
  approvedBy: string,
): Promise<readonly Finding[]> {
  const told = (name: string) => ({ reason: 'Approved', message: `approved ${name}` })
  return changeRuns(client, runs, ({ metadata, spec }) => ({
    change: { approvedCommit: spec.commit, approvedBy },
    ...told(metadata.name ?? ''),
  }))
}

interface Change {
  readonly change: SpecChange
  readonly reason: string
  readonly message: string
}

async function changeRuns(
  client: Client,
  runs: readonly EventRun[],
  decide: (run: EventRun) => Change,
): Promise<readonly Finding[]> {
  const findings = await mapSideBySide(runs, mostAtOnce, async (run): Promise<Finding | undefined> => {
    const { namespace = '', name = '' } = run.metadata
    const { change, ...told } = decide(run)
    try {
      await client.patch(resourceTypes.pipelineRun, { namespace, name }, { spec: change })
      return { verdict: 'Done', ...told, runs: [name] }
    } catch (error) {
      return isNotFound(error) ? undefined : toFailure(error)
    }
  })
  return findings.filter((finding) => finding !== undefined)
}
