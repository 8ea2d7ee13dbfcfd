import type { PipelineConfig } from '../../../crds/kinds.ts'
import type { Triggers } from '../../../crds/parts/triggers.ts'
import type { Finding } from '../../engine/trigger/finding.ts'
import type { EventRun } from '../../engine/trigger/render-run.ts'
import { findOutdatedRuns, findRunsOfClosed, findRunsOfDeleted } from '../../engine/trigger/stopped-runs.ts'
import { quoteValue } from '../../lib/field-error.ts'
import type { GitRef, PullRequest } from '../../lib/forge-event.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { cancelRuns } from './change-runs.ts'
import { readNewest } from './read-pull-request.ts'
import { listRuns, type Told, type Work } from './work.ts'

const nothingToStop = (message: string): Finding => ({ verdict: 'Ignored', reason: 'NothingToCancel', message })

export async function stopRunsOfClosed(work: Work, pullRequest: PullRequest): Promise<Told> {
  const { number, commit } = pullRequest
  const runs = findRunsOfClosed(pullRequest, await listRuns(work, { pullRequest: `${number}` }))
  const findings = await cancelRuns(work.client, runs, `the pull request ${number} is closed`)
  return { findings: findings.length > 0 ? findings : [nothingToStop('no run of the pull request goes on')], commit }
}

/** The branch is gone: stops runs of its pushes where their pipeline asks for it. */
export async function stopRunsOfDeleted(work: Work, ref: GitRef): Promise<Told> {
  const name = quoteValue(ref.name)
  if (ref.kind === 'tag') return { findings: [nothingToStop(`the tag ${name} was deleted, which stops no run`)] }
  const runs = findRunsOfDeleted(ref, await listRuns(work, { branch: ref.name }))
  const wanted = await keepWanted(work, runs)
  const findings = await cancelRuns(work.client, wanted, `the branch ${name} was deleted`)
  if (findings.length > 0) return { findings }
  return { findings: [nothingToStop(`the branch ${name} was deleted, and no run of it is to be stopped`)] }
}

/** A run of a file carries its triggers; of a config those count that it has now. */
async function keepWanted(work: Work, runs: readonly EventRun[]): Promise<readonly EventRun[]> {
  const names = new Set(runs.flatMap(({ spec }) => spec.pipelineConfigRef ?? []))
  const configs = new Map<string, Triggers | undefined>()
  for (const name of names) configs.set(name, await readTriggers(work, name))
  return runs.filter(({ spec }) => {
    const { pipelineSpec, pipelineConfigRef = '' } = spec
    const triggers = pipelineSpec === undefined ? configs.get(pipelineConfigRef) : pipelineSpec.triggers
    return triggers?.push?.cancelWhenDeleted === true
  })
}

async function readTriggers({ client, origin }: Work, name: string): Promise<Triggers | undefined> {
  const { namespace } = origin
  return (await client.get<PipelineConfig>(resourceTypes.pipelineConfig, { namespace, name }))?.spec.triggers
}

/**
 * Stops what still waits for the approval of an earlier commit. Deliveries come late and in any order, so the forge is
 * asked which commit is the head before anything of another is stopped.
 */
export async function stopOutdatedRuns(work: Work, told: PullRequest): Promise<readonly Finding[]> {
  const runs = await listRuns(work, { pullRequest: `${told.number}` })
  const outdated = findOutdatedRuns(told, runs)
  if (outdated.length === 0) return []
  const live = await readNewest(work, told)
  return cancelRuns(work.client, findOutdatedRuns(live, outdated), `the pull request is at ${live.commit} now`)
}
