import { resolveResources, resolveTimeout } from '../../crds/defaults.ts'
import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion, labels, podNames, podPaths } from '../../crds/labels.ts'
import { toLabelValue } from '../../crds/names.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import type { CloneOptions } from '../../src/lib/agent-options.ts'
import type { EnvVar, Job, KubeObject } from '../../src/lib/kubernetes.ts'
import type { Facts } from '../facts.ts'
import type { InjectionFacts } from '../inject/injection.ts'
import { toLiteral } from '../inject/place.ts'
import { findConnection } from '../validate/connection-match.ts'

/** A step's Job, with the run and the frozen plan it says it belongs to. */
export interface StepOfRun {
  readonly run: PipelineRun
  readonly plan: Plan
  readonly step: Step
}

/** Name of the run that owns the Job. */
export function findRunName({ metadata }: KubeObject): string | undefined {
  const owner = metadata.ownerReferences?.find((one) => one.apiVersion === apiVersion && one.kind === 'PipelineRun')
  return owner?.name
}

export function findStep(job: KubeObject, facts: Facts): StepOfRun | undefined {
  const run = facts.runs.get(findRunName(job) ?? '')
  const plan = run?.spec.plan
  const label = job.metadata.labels?.[labels.step]
  const step = [...(plan?.steps ?? []), ...(plan?.finally ?? [])].find(({ name }) => toLabelValue(name) === label)
  return run === undefined || plan === undefined || step === undefined ? undefined : { run, plan, step }
}

/** What is injected into a step's Job: all of it from the frozen plan, nothing from the Job itself. */
export function toStepFacts(job: Job, found: StepOfRun, facts: Facts): InjectionFacts {
  const { plan, step } = found
  const clone = step.clone === false ? undefined : renderClone(found)
  const authSecret = findCredential(plan, facts)
  return {
    jobType: 'step',
    image: facts.settings.image,
    stepContainer: podNames.stepContainer,
    restricted: isRestricted(facts),
    labels: job.metadata.labels ?? {},
    environment: renderEnvironment(job, found),
    stepEnvironment: (step.env ?? []).map(({ name, value }) => toLiteral(name, value)),
    secrets: step.secrets ?? [],
    ...(clone === undefined ? {} : { clone: { options: clone, ...(authSecret === undefined ? {} : { authSecret }) } }),
    resources: resolveResources(step),
    ...(step.runAsUser === undefined ? {} : { runAsUser: step.runAsUser }),
    timeoutSeconds: resolveTimeout(step),
  }
}

/** As frozen; of the connection that is there now only where the plan knew of none. */
function findCredential({ clone, repository }: Plan, { connections = [] }: Facts): string | undefined {
  if (clone.connection !== undefined) return clone.authSecretRef
  return findConnection(repository, connections)?.spec.authSecretRef
}

export function isRestricted({ namespaceLabels }: Facts): boolean {
  return namespaceLabels?.['pod-security.kubernetes.io/enforce'] === 'restricted'
}

/** In full as soon as one clone found it, so that a short one cannot come to mean another commit half-way. */
function findCommit({ spec, status }: PipelineRun): string {
  return status?.commit ?? spec.commit
}

function renderClone({ run, plan, step }: StepOfRun): CloneOptions {
  const { branch, tag } = run.spec
  const hasSecrets = (step.secrets ?? []).length > 0
  return {
    repository: plan.repository,
    commit: findCommit(run),
    ...(branch === undefined ? {} : { branch }),
    ...(tag === undefined ? {} : { tag }),
    depth: plan.clone.depth,
    submodules: plan.clone.submodules,
    workspace: podPaths.workspace,
    commitFile: `${podPaths.tools}/commit`,
    // A commit of a fork can be fetched by its hash from the repository itself (decision 23b).
    ...(hasSecrets ? { requiredBranches: plan.branches ?? ['**'] } : {}),
  }
}

function renderEnvironment(job: Job, { run, plan, step }: StepOfRun): readonly EnvVar[] {
  const { metadata, spec } = run
  const variables: Readonly<Record<string, string>> = {
    CI: 'true',
    C8S: 'true',
    COMMIT_SHA: findCommit(run),
    BRANCH: spec.branch ?? '',
    TAG: spec.tag ?? '',
    C8S_RUN: metadata.name ?? '',
    C8S_STEP: step.name,
    C8S_CONFIG: plan.source?.name ?? '',
    C8S_NAMESPACE: metadata.namespace ?? '',
    C8S_REPOSITORY: plan.repository,
    C8S_WORKSPACE: podPaths.workspace,
    C8S_ATTEMPT: job.metadata.labels?.[labels.attempt] ?? '1',
    C8S_TRIGGERED_BY: spec.triggeredBy ?? '',
  }
  return Object.entries(variables).map(([name, value]) => toLiteral(name, value))
}
