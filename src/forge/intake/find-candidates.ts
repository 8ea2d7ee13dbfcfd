import type { PipelineConfig } from '../../../crds/kinds.ts'
import type { Candidate } from '../../engine/trigger/candidate.ts'
import type { Finding } from '../../engine/trigger/finding.ts'
import { readPipelineFiles } from '../../engine/trigger/read-files.ts'
import type { PullRequest } from '../../lib/forge-event.ts'
import { toCanonicalRepository } from '../../lib/repository.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import type { Work } from './work.ts'

/** A config may be applied a moment after its connection. */
const configRetryMs = 30_000

const noPipeline: Finding = {
  verdict: 'Ignored',
  reason: 'NoPipeline',
  message: 'the commit has neither .c8s.yaml nor .c8s/*.yaml, and the connection names no PipelineConfig',
}

/** The pipelines of a commit, or why there are none. Throws ForgeError and KubeError. */
export async function findCandidates(
  work: Work,
  commit: string,
  pullRequest?: PullRequest,
): Promise<readonly Candidate[] | Finding> {
  const { pipelineConfigRef, repository } = work.connection.spec
  if (pipelineConfigRef !== undefined) return readConfig(work, pipelineConfigRef)
  const forge = await work.openForge()
  const files = await forge.readPipelineFiles(commit, pullRequest)
  const candidates = readPipelineFiles(files, { validators: work.validators, repository })
  return candidates.length === 0 ? noPipeline : candidates
}

/** Live: a config changed a moment ago counts. */
async function readConfig(work: Work, name: string): Promise<readonly Candidate[] | Finding> {
  const { client, connection, origin } = work
  const config = await client.get<PipelineConfig>(resourceTypes.pipelineConfig, { namespace: origin.namespace, name })
  if (config === undefined) {
    const message = `the connection names the PipelineConfig ${name}, which does not exist: create it`
    return { verdict: 'Failed', reason: 'PipelineConfigNotFound', message, retryAfterMs: configRetryMs }
  }
  const [wanted, given] = [connection.spec.repository, config.spec.repository].map(toCanonicalRepository)
  if (wanted === given) return [{ name, spec: config.spec }]
  const message = `the PipelineConfig ${name} is of the repository ${given}, the connection of ${wanted}`
  return { verdict: 'Failed', reason: 'RepositoryMismatch', message }
}

export function isFinding(found: readonly Candidate[] | Finding): found is Finding {
  return 'verdict' in found
}
