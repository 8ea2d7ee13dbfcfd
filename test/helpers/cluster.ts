import type { PipelineRun } from '../../crds/kinds.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { type KubectlResult, type KubectlTarget, kubectl, tryKubectl } from '../../deploy/install/kubectl.ts'
import type { ChosenCluster } from '../../deploy/local/choose.ts'
import type { DeployedSample } from '../../deploy/sample/deploy.ts'
import type { KubeObject, Pod } from '../../src/lib/kubernetes.ts'

/** An object as a test applies it. */
export type Manifest = KubeObject & Readonly<Record<string, unknown>>

function readEnv(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: start the tests with npm run test:e2e`)
  return value
}

/** The cluster under test, for what deploy/ puts into it. */
export function readChosenCluster(): ChosenCluster {
  return JSON.parse(readEnv('C8S_TEST_CLUSTER')) as ChosenCluster
}

/** The cluster under test as kubectl sees it, with what the sample brought. */
export class TestCluster {
  readonly target: KubectlTarget = { kubeconfig: readEnv('KUBECONFIG'), context: readEnv('C8S_CONTEXT') }
  readonly sample = JSON.parse(readEnv('C8S_TEST_SAMPLE')) as DeployedSample
  readonly namespace: string

  constructor(namespace: string) {
    this.namespace = namespace
  }

  run(...args: readonly string[]): string {
    return kubectl(this.target, ['-n', this.namespace, ...args])
  }

  try(...args: readonly string[]): KubectlResult {
    return tryKubectl(this.target, ['-n', this.namespace, ...args])
  }

  /** kubectl apply of all objects at once; throws what the API server said when one is refused. */
  apply(...objects: readonly Manifest[]): string {
    return kubectl(this.target, ['-n', this.namespace, 'apply', '-f', '-'], toList(objects))
  }

  tryApply(...objects: readonly Manifest[]): KubectlResult {
    return tryKubectl(this.target, ['-n', this.namespace, 'apply', '-f', '-'], toList(objects))
  }

  /** kubectl apply as somebody else. */
  tryAs(user: string, ...objects: readonly Manifest[]): KubectlResult {
    return tryKubectl(this.target, ['-n', this.namespace, '--as', user, 'apply', '-f', '-'], toList(objects))
  }

  /** A namespace of its own for a test file, new each time. */
  createNamespace(labels: Readonly<Record<string, string>> = {}): void {
    const metadata = { name: this.namespace, labels }
    kubectl(this.target, ['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait', '--timeout=120s'])
    kubectl(this.target, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }))
    kubectl(this.target, ['-n', this.namespace, 'wait', '--for=create', 'serviceaccount/default', '--timeout=30s'])
  }

  removeNamespace(): void {
    kubectl(this.target, ['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false'])
  }

  getRun(name: string): PipelineRun {
    return JSON.parse(this.run('get', 'pipelineruns.c8s.dev', name, '-o', 'json')) as PipelineRun
  }

  /** Waits until the run has ended, however. */
  waitForRun(name: string, seconds = 150): PipelineRun {
    const condition = '--for=jsonpath={.status.completionTime}'
    this.run('wait', condition, `pipelineruns.c8s.dev/${name}`, `--timeout=${seconds}s`)
    return this.getRun(name)
  }

  /** Waits until a step of the run is in the phase. */
  waitForStep(run: string, step: string, phase: string): void {
    const condition = `--for=jsonpath={.status.steps[?(@.name=="${step}")].phase}=${phase}`
    this.run('wait', condition, `pipelineruns.c8s.dev/${run}`, '--timeout=90s')
  }

  jobOf(run: PipelineRun, step: string): string {
    const job = run.status?.steps?.find(({ name }) => name === step)?.jobName
    if (job === undefined) throw new Error(`step ${step} of run ${run.metadata.name} has no Job`)
    return job
  }

  /** When c8s made the Job of the step, in milliseconds. */
  jobTimeOf(run: PipelineRun, step: string): number {
    return Date.parse(this.run('get', 'job', this.jobOf(run, step), '-o', 'jsonpath={.metadata.creationTimestamp}'))
  }

  /**
   * What a person sees: the log of the Job, that is of its default container, to its end. A step's end is told as soon as its
   * own container has ended; the shipper may still have the last lines to write.
   */
  logOf(run: PipelineRun, step: string): string {
    return this.run('logs', '--follow', `job/${this.jobOf(run, step)}`)
  }

  podOf(run: PipelineRun, step: string): Pod {
    const selector = `job-name=${this.jobOf(run, step)}`
    const { items } = JSON.parse(this.run('get', 'pods', '-l', selector, '-o', 'json')) as { items: Pod[] }
    const [pod] = items
    if (pod === undefined) throw new Error(`no pod with ${selector}`)
    return pod
  }
}

function toList(items: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

type StepShape = PipelineSpec['steps'][number]

/** A step in a small image with small requests, so that many fit on a two-core machine. */
export function aStep(name: string, image: string, ...commands: readonly string[]): StepShape {
  const resources = { cpu: '20m', cpuLimit: '1', memory: '32Mi', memoryLimit: '256Mi' }
  return { name, image, commands: [...commands], resources, timeout: '2m' }
}

/** A run with its pipeline inline. */
export function aRun(name: string, commit: string, pipelineSpec: PipelineSpec): Manifest {
  return {
    apiVersion: 'c8s.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name },
    spec: { commit, branch: 'main', pipelineSpec },
  }
}

export function aConfig(name: string, spec: PipelineSpec): Manifest {
  return { apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineConfig', metadata: { name }, spec }
}

/** A Secret; `usableBy` opens it to configs, connections or branches. */
export function aSecret(name: string, stringData: Readonly<Record<string, string>>, usableBy?: string): Manifest {
  const annotations = usableBy === undefined ? {} : { 'c8s.dev/usable-by': usableBy }
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, annotations }, stringData }
}

export function phasesOf(run: PipelineRun): Readonly<Record<string, string>> {
  return Object.fromEntries((run.status?.steps ?? []).map(({ name, phase }) => [name, phase]))
}
