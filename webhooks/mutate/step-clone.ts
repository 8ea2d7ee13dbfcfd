import type { PipelineRun } from '../../crds/kinds.ts'
import { podPaths } from '../../crds/labels.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { checkRef } from '../../crds/rules/branches.ts'
import { findFullCommit, isApproved, isUnapproved } from '../../crds/trust.ts'
import { findConnection } from '../../src/engine/connection-match.ts'
import type { CloneOptions } from '../../src/lib/agent-options.ts'
import { parseRepository } from '../../src/lib/repository.ts'
import type { Facts } from '../facts.ts'
import type { CloneOrder } from '../inject/injection.ts'
import { sharedFolder } from '../inject/workspace.ts'

/** A step of a run, as far as its checkout depends on it. */
interface ClonedStep {
  readonly run: PipelineRun
  readonly plan: Plan
  readonly step: Step
}

/** In full as soon as one clone found it, so that a short one cannot come to mean another commit half-way. */
export function findCommit(run: PipelineRun): string {
  return findFullCommit(run) ?? run.spec.commit
}

/** None for a commit that waits for its approval, and none ever for a repository that is not the run's own. */
export function mayHaveCredential({ run, plan }: Pick<ClonedStep, 'run' | 'plan'>): boolean {
  return !isUnapproved(run) && findForkRepository(run, plan) === undefined
}

export function orderClone(cloned: ClonedStep, facts: Facts): CloneOrder {
  const { run, plan, step } = cloned
  const authSecret = mayHaveCredential(cloned) ? findCredential(plan, facts) : undefined
  const { repository, ...hints } = findPlace(run, plan)
  const options: CloneOptions = {
    repository,
    commit: findCommit(run),
    ...hints,
    depth: plan.clone.depth,
    submodules: plan.clone.submodules,
    ...(plan.workspace === undefined
      ? { workspace: podPaths.workspace }
      : { workspace: `${podPaths.volume}/${sharedFolder}`, sharedVolume: podPaths.volume }),
    commitFile: `${podPaths.tools}/commit`,
    // A commit of a fork can be fetched by its hash from the repository itself (decision 23b). One that a person has
    // looked at needs no branch: it is given in full, so it cannot be another.
    ...(hasSecrets(step) && !isApproved(run) ? { requiredBranches: plan.branches ?? ['**'] } : {}),
  }
  return { options, ...(authSecret === undefined ? {} : { authSecret }) }
}

function hasSecrets({ secrets = [] }: Step): boolean {
  return secrets.length > 0
}

/** As frozen; of the connection that is there now only where the plan knew of none. */
function findCredential({ clone, repository }: Plan, { connections = [] }: Facts): string | undefined {
  if (clone.connection !== undefined) return clone.authSecretRef
  return findConnection(repository, connections)?.spec.authSecretRef
}

type Place = Pick<CloneOptions, 'repository' | 'branch' | 'tag' | 'ref'>

/** Where the commit is looked for. */
function findPlace({ spec }: PipelineRun, plan: Plan): Place {
  const { branch, tag, event } = spec
  const fork = findForkRepository({ spec }, plan)
  if (fork !== undefined) return fork
  const ref = event?.pullRequest?.ref
  return {
    repository: plan.repository,
    ...(branch === undefined ? {} : { branch }),
    ...(tag === undefined ? {} : { tag }),
    ...(ref === undefined || !isFullRef(ref) ? {} : { ref }),
  }
}

function isFullRef(ref: string): boolean {
  return ref.startsWith('refs/') && checkRef(ref.slice('refs/'.length), '').length === 0
}

/**
 * The fork itself, for forges whose repositories do not hold the heads of pull requests (Bitbucket Cloud). Only one of
 * the same host, because a delivery may name any; and never with the credential, since the fork is somebody else's.
 */
function findForkRepository({ spec: { event } }: Pick<PipelineRun, 'spec'>, { repository }: Plan): Place | undefined {
  const { fork = false, ref, headRepository, branch = '' } = event?.pullRequest ?? {}
  if (!fork || ref !== undefined || headRepository === undefined) return undefined
  const [own, other] = [findHost(repository), findHost(headRepository)]
  if (other === undefined || own !== other) return undefined
  return { repository: headRepository, ...(checkRef(branch, '').length > 0 ? {} : { branch }) }
}

function findHost(repository: string): string | undefined {
  const parsed = parseRepository(repository)
  return 'url' in parsed ? parsed.url.host.toLowerCase() : undefined
}
