import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { planFolders } from './folders.ts'
import { ensureTool } from './go-tools.ts'
import { createStderrProgress, type Progress } from './progress.ts'
import { runOrThrow, runToEnd } from './run.ts'
import { contextName } from './settings.ts'
import { planSite } from './site.ts'
import { bringUp } from './up.ts'

/** The cluster that the demo, the tests and the deployment use. */
export interface ChosenCluster {
  readonly kubeconfig: string
  readonly context: string
  /** `local`: ours, with its registry. `kind`: images are loaded into its nodes. `context`: the user's own. */
  readonly kind: 'local' | 'kind' | 'context'
}

export interface ChoiceFacts {
  /** C8S_CONTEXT. */
  context: string | undefined
  /** KUBECONFIG, or where kubectl looks without it; may be a list. */
  kubeconfig: string
  /** Current context of KUBECONFIG, where the caller wants to follow it. */
  currentContext: string | undefined
  /** Path of the local cluster's kubeconfig. */
  localKubeconfig: string
  isKindUsable: boolean
}

export type Choice = { kind: 'local' } | { kind: 'kind' } | { kind: 'context'; context: string; kubeconfig: string }

const KIND_CLUSTER = 'c8s'
const PROBE_TIMEOUT_SECONDS = '10'

/** What the user names wins; then kind, which needs no root; then our own. */
export function decideCluster(facts: ChoiceFacts): Choice {
  const context = facts.context ?? facts.currentContext
  if (context === undefined) return facts.isKindUsable ? { kind: 'kind' } : { kind: 'local' }
  const isLocal = context === contextName && facts.kubeconfig === facts.localKubeconfig
  return isLocal ? { kind: 'local' } : { kind: 'context', context, kubeconfig: facts.kubeconfig }
}

export interface ChooseOptions {
  /** KUBECONFIG alone chooses too, by its current context. Off where a user's own cluster must be named on purpose. */
  followKubeconfig?: boolean
  progress?: Progress
}

/** Decides which cluster is used, and brings it up when it is ours or kind's. */
export async function chooseCluster(options: ChooseOptions = {}): Promise<ChosenCluster> {
  const progress = options.progress ?? createStderrProgress()
  const choice = decideCluster(await gatherFacts(options.followKubeconfig ?? false))
  switch (choice.kind) {
    case 'context':
      return useContext(choice.context, choice.kubeconfig)
    case 'kind':
      return useKind(progress)
    case 'local':
      return useLocal(progress)
  }
}

async function gatherFacts(followKubeconfig: boolean): Promise<ChoiceFacts> {
  const { C8S_CONTEXT, KUBECONFIG } = process.env
  const kubeconfig = KUBECONFIG || join(homedir(), '.kube', 'config')
  const localKubeconfig = planSite(planFolders(process.env).state).kubeconfig
  const follow = followKubeconfig && KUBECONFIG && !C8S_CONTEXT
  const current = follow ? await runToEnd('kubectl', ['config', 'current-context'], { env: { KUBECONFIG } }) : undefined
  const isNamed = C8S_CONTEXT || current?.code === 0
  return {
    context: C8S_CONTEXT || undefined,
    kubeconfig,
    currentContext: current?.code === 0 ? current.stdout.trim() : undefined,
    localKubeconfig,
    isKindUsable: !isNamed && (await isKindUsable()),
  }
}

/** Both must really work: a docker client without a daemon is common. */
async function isKindUsable(): Promise<boolean> {
  if ((await runToEnd('kind', ['version'])).code !== 0) return false
  return (await runToEnd('timeout', [PROBE_TIMEOUT_SECONDS, 'docker', 'info'])).code === 0
}

async function useContext(context: string, kubeconfig: string): Promise<ChosenCluster> {
  const env = { KUBECONFIG: kubeconfig }
  const wait = `--request-timeout=${PROBE_TIMEOUT_SECONDS}s`
  const answer = await runToEnd('kubectl', ['--context', context, wait, 'get', '--raw', '/readyz'], { env })
  if (answer.code !== 0) {
    throw new Error(`the cluster of context ${context} (in ${kubeconfig}) does not answer: ${answer.stderr.trim()}`)
  }
  if (!kubeconfig.includes(delimiter)) return { kubeconfig, context, kind: 'context' }
  const one = ['config', 'view', '--raw', '--minify', '--flatten', '--context', context]
  const text = await runOrThrow('kubectl', one, { env })
  const file = join(mkdtempSync(join(tmpdir(), 'c8s-kubeconfig-')), 'kubeconfig')
  writeFileSync(file, text, { mode: 0o600 })
  return { kubeconfig: file, context, kind: 'context' }
}

async function useKind(progress: Progress): Promise<ChosenCluster> {
  const kubeconfig = `${planFolders(process.env).state}-kind/kubeconfig`
  mkdirSync(dirname(kubeconfig), { recursive: true, mode: 0o700 })
  const clusters = (await runOrThrow('kind', ['get', 'clusters'])).split('\n')
  const target = ['--name', KIND_CLUSTER, '--kubeconfig', kubeconfig]
  if (clusters.includes(KIND_CLUSTER)) await runOrThrow('kind', ['export', 'kubeconfig', ...target])
  else {
    const create = ['create', 'cluster', ...target, '--wait', '180s']
    await progress.during(`creating the kind cluster ${KIND_CLUSTER}`, () => runOrThrow('kind', create))
  }
  return { kubeconfig, context: `kind-${KIND_CLUSTER}`, kind: 'kind' }
}

async function useLocal(progress: Progress): Promise<ChosenCluster> {
  const kubeconfig = await bringUp(progress)
  // Last on the PATH: where the machine has no kubectl, everything started from here finds the one we built.
  const tools = dirname(await ensureTool('kubectl', progress))
  const path = process.env['PATH'] ?? ''
  if (!path.split(delimiter).includes(tools)) process.env['PATH'] = `${path}${delimiter}${tools}`
  return { kubeconfig, context: contextName, kind: 'local' }
}
