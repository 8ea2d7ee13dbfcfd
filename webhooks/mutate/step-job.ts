import { resolveResources, resolveTimeout } from '../../crds/defaults.ts'
import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion, labels, podNames, podPaths } from '../../crds/labels.ts'
import { nameWorkspace } from '../../crds/names.ts'
import type { RunEvent } from '../../crds/parts/event.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { type FillKind, toVariable } from '../../crds/placeholders.ts'
import { findPlannedStep, type PlannedStep } from '../../crds/planned-steps.ts'
import { isUnapproved } from '../../crds/trust.ts'
import type { EnvVar, Job, KubeObject } from '../../src/lib/kubernetes.ts'
import type { Facts } from '../facts.ts'
import type { InjectionFacts } from '../inject/injection.ts'
import { toLiteral } from '../inject/place.ts'
import { isPolicyRestricted, toStepPlacement } from './job-placement.ts'
import { findCommit, orderClone } from './step-clone.ts'

/** A step's Job, with the run and the frozen plan it says it belongs to. */
export interface StepOfRun {
  readonly run: PipelineRun
  readonly plan: Plan
  readonly step: PlannedStep
}

/** Name of the run that owns the Job. */
export function findRunName({ metadata }: KubeObject): string | undefined {
  const owner = metadata.ownerReferences?.find((one) => one.apiVersion === apiVersion && one.kind === 'PipelineRun')
  return owner?.name
}

export function findStep(job: KubeObject, facts: Facts): StepOfRun | undefined {
  const run = facts.runs.get(findRunName(job) ?? '')
  return run === undefined ? undefined : findStepIn(job, run)
}

export function findStepIn(job: KubeObject, run: PipelineRun): StepOfRun | undefined {
  const { plan } = run.spec
  // The names of steps are labels' values as they are.
  const name = job.metadata.labels?.[labels.step]
  const found = plan === undefined || name === undefined ? undefined : findPlannedStep(plan, name)
  return plan === undefined || found === undefined ? undefined : { run, plan, step: found.step }
}

/**
 * What is injected into a step's Job: all of it from the frozen plan, nothing from the Job itself. While a commit that is
 * not trusted waits for its approval, nothing of it gets a Secret or a credential, whatever the plan says.
 */
export function toStepFacts(job: Job, found: StepOfRun, facts: Facts): InjectionFacts {
  const { run, step } = found
  const clone = step.clone === false ? undefined : orderClone(found, facts)
  return {
    jobType: 'step',
    image: facts.settings.image,
    stepContainer: podNames.stepContainer,
    restricted: isRestricted(facts) || isPolicyRestricted(run, facts),
    ...toStepPlacement(found, facts),
    ...(found.plan.priority === undefined ? {} : { priorityClassName: found.plan.priority.className }),
    labels: job.metadata.labels ?? {},
    description: describeRun(job, found),
    environment: describeInputs(found),
    stepEnvironment: (step.env ?? []).map(({ name, value }) => toLiteral(name, value)),
    secrets: isUnapproved(run) ? [] : (step.secrets ?? []),
    ...(found.plan.workspace === undefined ? {} : { workspaceClaim: nameClaim(run) }),
    ...(step.services === undefined ? {} : { services: step.services }),
    ...(clone === undefined ? {} : { clone }),
    resources: resolveResources(step),
    ...(step.runAsUser === undefined ? {} : { runAsUser: step.runAsUser }),
    timeoutSeconds: resolveTimeout(step),
  }
}

function nameClaim({ metadata: { name = '', uid = '' } }: PipelineRun): string {
  return nameWorkspace({ run: name, runUid: uid })
}

export function isRestricted({ namespaceLabels }: Facts): boolean {
  return namespaceLabels?.['pod-security.kubernetes.io/enforce'] === 'restricted'
}

/** Short texts all of them, by their schemas: one variable takes at most 128 KiB. */
function describeRun(job: Job, { run, plan, step }: StepOfRun): Readonly<Record<string, string>> {
  const { metadata, spec } = run
  return {
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
    ...describeEvent(spec.event),
  }
}

/** What the run was given, as variables: a command that names them never has a value read as shell. */
function describeInputs({ plan, step }: StepOfRun): readonly EnvVar[] {
  return [...toVariables('params', plan.params), ...toVariables('matrix', step.values)]
}

function toVariables(kind: FillKind, values: Readonly<Record<string, string>> = {}): readonly EnvVar[] {
  return Object.entries(values).map(([name, value]) => toLiteral(toVariable(kind, name), value))
}

/** Only where the run was made from an event: a variable that is there says that there is one. */
function describeEvent(event: RunEvent | undefined): Readonly<Record<string, string>> {
  if (event === undefined) return {}
  const { type, pipeline, pullRequest } = event
  const described = { C8S_EVENT: type, C8S_PIPELINE: pipeline }
  if (pullRequest === undefined) return described
  return {
    ...described,
    C8S_PULL_REQUEST: String(pullRequest.number),
    C8S_TARGET_BRANCH: pullRequest.targetBranch,
  }
}
