import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type KubectlTarget, kubectl } from '../../deploy/install/kubectl.ts'
import { ensureTool } from '../../deploy/local/go-tools.ts'
import type { KubeClient } from '../../src/kube/ports.ts'
import type { ResourceType } from '../../src/lib/kubernetes.ts'

const nodeType: ResourceType = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }
/** KWOK manages the nodes that have it; the tests of autoscaling and the benches tell them by it. */
export const kwokLabel = 'c8s.dev/kwok'

export interface Kwok {
  /** Ends KWOK, removes its nodes and gives the real ones back. */
  stop(): Promise<void>
}

export interface KwokOptions {
  readonly target: KubectlTarget
  readonly client: KubeClient
  /** How long each step lasts, in milliseconds. */
  readonly stepMs: number
}

/** The pods of Jobs end after a while; as KWOK's own stage, with a delay. */
const renderCompletion = (stepMs: number) => `apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: pod-complete
spec:
  resourceRef:
    apiGroup: v1
    kind: Pod
  selector:
    matchExpressions:
      - { key: .metadata.deletionTimestamp, operator: DoesNotExist }
      - { key: .status.phase, operator: In, values: [Running] }
      - { key: '.metadata.ownerReferences.[].kind', operator: In, values: [Job] }
  delay:
    durationMilliseconds: ${stepMs}
  next:
    statusTemplate: |
      {{ $now := Now }}
      {{ $root := . }}
      containerStatuses:
      {{ range $index, $item := .spec.containers }}
      {{ $origin := index $root.status.containerStatuses $index }}
      - image: {{ $item.image | Quote }}
        name: {{ $item.name | Quote }}
        ready: false
        restartCount: 0
        started: false
        state:
          terminated:
            exitCode: 0
            finishedAt: {{ $now | Quote }}
            reason: Completed
            startedAt: {{ $origin.state.running.startedAt | Quote }}
      {{ end }}
      phase: Succeeded
`

/** Starts KWOK beside the cluster: it plays kubelet for all nodes with its label, of which there are none yet. */
export async function startKwok({ target, stepMs }: KwokOptions): Promise<Kwok> {
  const binary = await ensureTool('kwok')
  const folder = mkdtempSync(join(tmpdir(), 'c8s-kwok-'))
  const stages = globSync('files/kustomize/stage/**/*.yaml', { cwd: dirname(binary) })
  const texts = stages.map((path) => readFileSync(join(dirname(binary), path), 'utf8'))
  const config = join(folder, 'stages.yaml')
  writeFileSync(config, [...texts, renderCompletion(stepMs)].join('\n---\n'))
  const child = spawn(
    binary,
    [
      `--kubeconfig=${target.kubeconfig}`,
      `--config=${config}`,
      `--manage-nodes-with-label-selector=${kwokLabel}=true`,
      '--node-lease-duration-seconds=40',
      '--node-port=0',
      '--cidr=10.245.0.0/16',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let words = ''
  child.stderr.on('data', (data: Buffer) => {
    words = `${words}${data.toString()}`.slice(-4000)
  })
  const ended = once(child, 'exit')
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) console.error(`KWOK ended with ${code}:\n${words}`)
  })
  return {
    stop: async () => {
      kubectl(target, ['delete', 'nodes', '-l', `${kwokLabel}=true`, '--ignore-not-found'])
      child.kill()
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

/** What a node of a pool has besides. */
export interface KwokNode {
  readonly room?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly { readonly key: string; readonly value: string; readonly effect: string }[]
}

/** One node that KWOK plays; `pods` is how many it takes. */
export async function addKwokNode(client: KubeClient, name: string, { room, labels, taints = [] }: KwokNode = {}) {
  const resources = { cpu: '1000', memory: '1000Gi', pods: '2000', ...room }
  const all = { ...labels, [kwokLabel]: 'true', 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: all }, spec: { taints } }
  await client.create(nodeType, node)
  const status = { capacity: resources, allocatable: resources }
  await client.patch(nodeType, { name }, { status }, { subresource: 'status' })
}

/** Ten nodes of KWOK, and the real ones closed to new pods: what is measured is c8s and the control plane alone. */
export async function startKwokNodes(options: KwokOptions): Promise<Kwok> {
  const { target, client } = options
  const real = kubectl(target, ['get', 'nodes', '-l', `!${kwokLabel}`, '-o', 'name'])
    .trim()
    .split('\n')
  const kwok = await startKwok(options)
  const names = Array.from({ length: 10 }, (_, i) => `c8s-kwok-${i}`)
  await Promise.all(names.map((name) => addKwokNode(client, name)))
  kubectl(target, ['wait', '--for=condition=Ready', 'nodes', '-l', `${kwokLabel}=true`, '--timeout=60s'])
  for (const node of real) kubectl(target, ['cordon', node])
  return {
    stop: async () => {
      for (const node of real) kubectl(target, ['uncordon', node])
      await kwok.stop()
    },
  }
}
