import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { type KubectlTarget, kubectl, toKubectlArguments } from '../../deploy/install/kubectl.ts'
import type { ChosenCluster } from '../../deploy/local/choose.ts'
import type { DeployedSample } from '../../deploy/sample/deploy.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { openConnection } from '../../src/kube/connection.ts'
import { createInformer, type Informer } from '../../src/kube/informer.ts'
import type { KubeClient } from '../../src/kube/ports.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { Job, KubeObject, Pod } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { readChosenCluster } from '../helpers/cluster.ts'
import { prepareCluster } from '../helpers/prepare-cluster.ts'

export const benchNamespace = 'c8s-bench'
type Step = PipelineSpec['steps'][number]

/** The cluster under measurement: what it takes to start something and to see it end, by watches. */
export interface Bench {
  readonly target: KubectlTarget
  readonly cluster: ChosenCluster
  readonly client: KubeClient
  readonly sample: DeployedSample
  readonly repository: string
  /** Image of every step and bare Job. */
  readonly image: string
  /** A config of five steps. */
  readonly configName: string
  readonly runs: Informer<PipelineRun>
  readonly jobs: Informer<Job>
  readonly pods: Informer<Pod>
  step(name: string, dependsOn?: readonly string[]): Step
  startRun(name: string, steps: readonly Step[]): Promise<string>
  /** A run of a PipelineConfig. */
  startRunOf(config: string, name: string): Promise<string>
  waitForEnd(name: string): Promise<PipelineRun>
  waitForStep(name: string, step: string, phase: string): Promise<PipelineRun>
  close(): Promise<void>
}

/** Resolves with the object as soon as the watch shows it in the wanted state. */
export function waitFor<T extends KubeObject>(
  informer: Informer<T>,
  name: string,
  isDone: (object: T) => boolean,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`${name} did not get there in 5 minutes`)), 300_000)
    informer.onChange(({ key, object }) => {
      if (key.name !== name || object === undefined || !isDone(object)) return
      clearTimeout(limit)
      resolve(object)
    })
  })
}

/** Small requests and a roomy limit, as the bare Jobs have none: ten at once fit on two cores. */
function renderStep(image: string, name: string, dependsOn: readonly string[]): Step {
  const resources = { cpu: '10m', cpuLimit: '2', memory: '16Mi', memoryLimit: '128Mi' }
  return { name, image, commands: ['echo hi'], clone: false, resources, dependsOn: [...dependsOn] }
}

function createNamespace(target: KubectlTarget): void {
  kubectl(target, ['delete', 'namespace', benchNamespace, '--ignore-not-found', '--wait', '--timeout=180s'])
  kubectl(target, ['create', 'namespace', benchNamespace])
  kubectl(target, ['-n', benchNamespace, 'wait', '--for=create', 'serviceaccount/default', '--timeout=30s'])
}

/** Beside the watches, which a process that waits for kubectl would not read meanwhile. */
const runBeside = promisify(execFile)

/**
 * Leaves nothing of what was measured before: the control plane works more slowly beside thousands of ended Jobs.
 * kubectl would ask for each of them again and again until it is gone, and run out of time: the watches tell.
 */
export async function clearBench({ target, runs, jobs, pods }: Bench): Promise<void> {
  const remove = ['-n', benchNamespace, 'delete', 'c8spr,jobs', '--all', '--wait=false', '--output=name']
  await runBeside('kubectl', toKubectlArguments(target, remove), { maxBuffer: 16 * 1024 * 1024 })
  await Promise.all([waitUntilEmpty(runs), waitUntilEmpty(jobs), waitUntilEmpty(pods)])
}

function waitUntilEmpty<T extends KubeObject>(informer: Informer<T>): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = () => informer.list().length
    const limit = setTimeout(() => reject(new Error(`${left()} objects are not gone after 10 minutes`)), 600_000)
    const look = () => {
      if (left() > 0) return
      clearTimeout(limit)
      resolve()
    }
    informer.onChange(look)
    look()
  })
}

/** Prepares the cluster as the e2e tests do, with a namespace of the bench's own. */
export async function openBench(): Promise<Bench> {
  const { env } = await prepareCluster('e2e')
  // client-node reads KUBECONFIG from the process's own environment.
  Object.assign(process.env, env)
  const sample = JSON.parse(env['C8S_TEST_SAMPLE'] ?? '') as DeployedSample
  const target = { kubeconfig: env['KUBECONFIG'] ?? '', context: env['C8S_CONTEXT'] ?? '' }
  createNamespace(target)
  const connection = await openConnection(env)
  const client = createKubeClient(connection)
  const select = { namespace: benchNamespace }
  const shared = { source: client, select, timers: systemTimers }
  const runs = createInformer<PipelineRun>({ ...shared, type: resourceTypes.pipelineRun })
  const jobs = createInformer<Job>({ ...shared, type: resourceTypes.job })
  const pods = createInformer<Pod>({ ...shared, type: resourceTypes.pod })
  const informers = [runs, jobs, pods]
  for (const informer of informers) informer.start()
  await Promise.all(informers.map((informer) => informer.whenSynced()))

  const image = sample.images['busybox'] ?? ''
  const repository = sampleUrls.public
  const step = (name: string, dependsOn: readonly string[] = []) => renderStep(image, name, dependsOn)
  const configName = 'five-steps'
  const names = ['a', 'b', 'c', 'd', 'e']
  const steps = names.map((name, i) => step(name, names.slice(Math.max(0, i - 1), i)))
  await client.create(resourceTypes.pipelineConfig, {
    apiVersion,
    kind: 'PipelineConfig',
    metadata: { name: configName, namespace: benchNamespace },
    spec: { repository, steps },
  } as KubeObject)

  const create = async (prefix: string, of: object) => {
    const name = `${prefix}-${Date.now().toString(36)}`
    const spec = { commit: sample.commits.main, branch: 'main', ...of }
    const metadata = { name, namespace: benchNamespace }
    await client.create(resourceTypes.pipelineRun, { apiVersion, kind: 'PipelineRun', metadata, spec } as KubeObject)
    return name
  }

  return {
    target,
    cluster: readChosenCluster(),
    client,
    sample,
    repository,
    image,
    configName,
    runs,
    jobs,
    pods,
    step,
    startRun: (prefix, runSteps) => create(prefix, { pipelineSpec: { repository, steps: runSteps } }),
    startRunOf: (pipelineConfigRef, prefix) => create(prefix, { pipelineConfigRef }),
    waitForEnd: (name) => waitFor(runs, name, (run) => run.status?.completionTime !== undefined),
    waitForStep: (name, wanted, phase) =>
      waitFor(runs, name, (run) => run.status?.steps?.some((s) => s.name === wanted && s.phase === phase) ?? false),
    close: async () => {
      await Promise.all(informers.map((informer) => informer.stop()))
      connection.close()
      kubectl(target, ['delete', 'namespace', benchNamespace, '--wait=false'])
    },
  }
}
