import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubectlTarget } from '../../../deploy/install/kubectl.ts'
import { ensureTool } from '../../../deploy/local/go-tools.ts'
import { installPackages, redisPackages } from '../../../deploy/local/packages.ts'
import { createStderrProgress } from '../../../deploy/local/progress.ts'
import type { Manifest } from '../cluster.ts'
import { eventually } from '../eventually.ts'
import { type ArgoApplication, type ArgoCdApi, openArgoCdApi } from './argocd-api.ts'
import { applyArgoCdObjects, askKubectl } from './argocd-objects.ts'
import { type ArgoCdPart, type ArgoCdSite, argoCdParts, startPart } from './argocd-parts.ts'
import { type StatusRecord, watchStatuses } from './argocd-statuses.ts'
import { type GitServer, startGitServer } from './git-server.ts'
import { findFreePorts, type HostProcess } from './host-process.ts'

export interface ArgoCdOptions {
  readonly cluster: KubectlTarget
  /** Of Argo CD itself; made anew, and removed at the end. */
  readonly namespace: string
  /** Keys of argocd-cm, over those that deploy/argocd/argocd-cm.yaml has. */
  readonly settings?: Readonly<Record<string, string>>
  readonly resyncSeconds?: number
}

export interface ArgoWait {
  readonly app: string
  /** What it is to be, for messages. */
  readonly what: string
  readonly isSo: (app: ArgoApplication) => boolean
  readonly seconds?: number | undefined
}

/** Real Argo CD, as processes of this machine against the chosen cluster. */
export interface ArgoCd extends ArgoCdApi {
  readonly namespace: string
  /** Where its applications can be synced from. */
  readonly git: GitServer
  /** Applies an Application; its own namespace is always that of this Argo CD. */
  applyApp(app: Manifest): Promise<void>
  /** Deletes it; what it synced stays, unless it has the finalizer that prunes. */
  removeApp(app: string): Promise<void>
  /** Has it compared at once; `hard` renders its manifests anew, too. */
  refresh(app: string, kind?: 'normal' | 'hard'): Promise<void>
  waitFor(wait: ArgoWait): Promise<ArgoApplication>
  /** Waits until it is Synced, to that commit where one is given, and its last operation has ended well. */
  waitForSync(app: string, options?: { revision?: string; seconds?: number }): Promise<ArgoApplication>
  waitForHealth(app: string, health: string, seconds?: number): Promise<ArgoApplication>
  /** Records all states of it from now on. */
  recordStatuses(app: string): StatusRecord
  /** Ends a part, by default without a word, and starts it again. */
  restart(part: ArgoCdPart, signal?: NodeJS.Signals): Promise<void>
  lastWords(part: ArgoCdPart, lines?: number): string
  stop(): Promise<void>
}

export async function startArgoCd(options: ArgoCdOptions): Promise<ArgoCd> {
  const { cluster, namespace, settings = {} } = options
  const progress = createStderrProgress()
  await installPackages(progress, redisPackages)
  const program = await ensureTool('argocd', progress)
  const objects = await applyArgoCdObjects(cluster, { namespace, program, settings })
  const site = await prepareSite(options, program)
  const git = await startGitServer(join(site.folder, 'git'))
  const parts = new Map<ArgoCdPart, HostProcess>()
  const stop = async () => {
    for (const part of [...parts.values()].toReversed()) await part.stop()
    await git.stop()
    await objects.remove()
    rmSync(site.folder, { recursive: true, force: true })
  }
  try {
    for (const part of argoCdParts) parts.set(part, await startPart(site, part))
  } catch (failure) {
    await stop()
    throw failure
  }
  return assemble({ options, site, git, parts, stop })
}

interface Running {
  readonly options: ArgoCdOptions
  readonly site: ArgoCdSite
  readonly git: GitServer
  readonly parts: Map<ArgoCdPart, HostProcess>
  readonly stop: () => Promise<void>
}

function assemble({ options, site, git, parts, stop }: Running): ArgoCd {
  const { cluster, namespace } = options
  const api = openArgoCdApi(`http://127.0.0.1:${site.ports.server.main}`)
  const ask = (...args: readonly string[]) => askKubectl(cluster, ['-n', namespace, ...args])
  const check = () => parts.forEach((part) => part.check())
  const waitFor = (wait: ArgoWait) => waitForApp({ api, check }, wait)
  return {
    ...api,
    namespace,
    git,
    applyApp: async (app) => {
      const own = { ...app, metadata: { ...app.metadata, namespace } }
      await askKubectl(cluster, ['apply', '-f', '-'], JSON.stringify(own))
    },
    removeApp: async (app) => void (await ask('delete', applications, app, '--ignore-not-found', '--timeout=120s')),
    refresh: async (app, kind = 'normal') =>
      void (await ask('annotate', applications, app, `argocd.argoproj.io/refresh=${kind}`, '--overwrite')),
    waitFor,
    waitForSync: (app, { revision, seconds } = {}) => {
      const what = `Synced${revision === undefined ? '' : ` to ${revision}`}`
      return waitFor({ app, what, isSo: (found) => isSynced(found, revision), seconds })
    },
    waitForHealth: (app, health, seconds) =>
      waitFor({ app, what: health, isSo: ({ status }) => status?.health?.status === health, seconds }),
    recordStatuses: (app) => watchStatuses(cluster, namespace, app),
    restart: async (part, signal = 'SIGKILL') => {
      await parts.get(part)?.stop(signal)
      parts.set(part, await startPart(site, part))
    },
    lastWords: (part, lines) => parts.get(part)?.lastWords(lines) ?? '',
    stop,
  }
}

const applications = 'applications.argoproj.io'

function isSynced({ status }: ArgoApplication, revision: string | undefined): boolean {
  const isThere = revision === undefined || status?.sync?.revision === revision
  return isThere && status?.sync?.status === 'Synced' && status.operationState?.phase === 'Succeeded'
}

async function waitForApp(
  { api, check }: { api: ArgoCdApi; check: () => void },
  wait: ArgoWait,
): Promise<ArgoApplication> {
  let last: ArgoApplication | undefined
  const look = async () => {
    check()
    // Its server may be the very part that a test has taken away.
    const found = await api.getApp(wait.app).catch(() => undefined)
    last = found ?? last
    return found !== undefined && wait.isSo(found) ? found : undefined
  }
  try {
    return await eventually(`application ${wait.app}: ${wait.what}`, look, wait.seconds)
  } catch (failure) {
    throw new Error(`${(failure as Error).message}; it is ${JSON.stringify(last?.status, null, 1)}`, { cause: failure })
  }
}

async function prepareSite(
  { cluster, namespace, resyncSeconds = 10 }: ArgoCdOptions,
  program: string,
): Promise<ArgoCdSite> {
  const folder = mkdtempSync(join(tmpdir(), 'c8s-argocd-'))
  for (const name of ['tmp', 'bin', 'ssh', 'tls']) mkdirSync(join(folder, name))
  // kubectl has kustomize in it, and Argo CD asks for it under its own name.
  const script = '#!/bin/sh\n[ "$1" = build ] || exec kubectl version --client\nshift\nexec kubectl kustomize "$@"\n'
  writeFileSync(join(folder, 'bin/kustomize'), script, { mode: 0o755 })
  const kubeconfig = join(folder, 'kubeconfig')
  const view = await askKubectl(cluster, ['config', 'view', '--raw', '--minify', '--flatten'])
  writeFileSync(kubeconfig, view, { mode: 0o600 })
  await askKubectl({ kubeconfig }, ['config', 'set-context', '--current', `--namespace=${namespace}`])
  const ports = await findFreePorts(argoCdParts.length * 2)
  const pairs = argoCdParts.map((part, index) => {
    const [main = 0, metrics = 0] = ports.slice(index * 2)
    return [part, { main, metrics }] as const
  })
  return { folder, program, kubeconfig, resyncSeconds, ports: Object.fromEntries(pairs) as ArgoCdSite['ports'] }
}
