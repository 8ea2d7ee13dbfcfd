import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Condition } from '../../../crds/parts/condition.ts'
import { type KubectlTarget, kubectl } from '../../../deploy/install/kubectl.ts'
import { ensureTool } from '../../../deploy/local/go-tools.ts'
import type { KubeObject } from '../../../src/lib/kubernetes.ts'
import { eventually } from '../eventually.ts'
import { type Artifact, type ArtifactServer, type SourceContent, startArtifactServer } from './artifacts.ts'
import { fluxKinds, installFluxKinds, removeFluxKinds } from './flux-kinds.ts'
import { findFreePorts, type HostProcess, isServing, startHostProcess } from './host-process.ts'

export interface FluxOptions {
  readonly target: KubectlTarget
  /** Where its objects are. */
  readonly namespace: string
}

/** As much of a Kustomization as tests look at. */
export interface Kustomization extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly lastAppliedRevision?: string
    readonly lastAttemptedRevision?: string
    readonly lastHandledReconcileAt?: string
    readonly inventory?: { readonly entries?: readonly { readonly id: string }[] }
  }
}

/** What Flux came to for a revision. */
export interface FluxVerdict {
  readonly isReady: boolean
  readonly reason: string
  readonly message: string
}

export interface Flux {
  /** Makes the content the newest revision of a GitRepository, in place of source-controller; answers the revision. */
  publish(source: string, content: SourceContent): string
  get(name: string): Kustomization
  /** Waits until the Kustomization has a verdict about the revision. */
  waitForVerdict(name: string, revision: string, seconds?: number): Promise<FluxVerdict>
  /** Waits until it is Ready with the revision, however often it is tried. */
  waitForReady(name: string, revision: string, seconds?: number): Promise<void>
  /** As `flux reconcile`: once more now, to its verdict. */
  reconcile(name: string): Promise<FluxVerdict>
  /** Ends the controller as a lost node does, and starts it anew. */
  restart(): Promise<void>
  /** Throws its last words where it has ended. */
  check(): void
  /** Ends it, and removes its kinds with all that is of them. What it applied stays. */
  stop(): Promise<void>
}

interface Running extends FluxOptions {
  readonly artifacts: ArtifactServer
  readonly folder: string
  controller: HostProcess
  /** How often somebody asked to reconcile. */
  asked: number
}

/** Flux's kustomize-controller as a process of this machine; the test is the source. The first build takes about 4 minutes. */
export async function startFlux(options: FluxOptions): Promise<Flux> {
  const binary = await ensureTool('kustomize-controller')
  await installFluxKinds(options.target, binary)
  const folder = mkdtempSync(join(tmpdir(), 'c8s-flux-'))
  const kubeconfig = kubectl(options.target, ['config', 'view', '--minify', '--flatten', '--raw', '-o', 'json'])
  writeFileSync(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 })
  const controller = await startController(binary, folder)
  const running: Running = { ...options, folder, controller, asked: 0, artifacts: await startArtifactServer() }
  return {
    ...openFlux(running),
    check: () => running.controller.check(),
    restart: async () => {
      await running.controller.stop('SIGKILL')
      running.controller = await startController(binary, folder)
    },
    stop: async () => {
      await running.controller.stop()
      await running.artifacts.stop()
      removeFluxKinds(options.target)
      rmSync(folder, { recursive: true })
    },
  }
}

async function startController(program: string, folder: string): Promise<HostProcess> {
  const [health] = await findFreePorts(1)
  return startHostProcess({
    name: 'kustomize-controller',
    program,
    args: [
      '--watch-all-namespaces',
      '--no-cross-namespace-refs',
      '--no-remote-bases',
      '--metrics-addr=0',
      `--health-addr=127.0.0.1:${health}`,
      // Tests do not wait for what is waited for between tries.
      '--requeue-dependency=2s',
      '--http-retry=2',
      '--log-level=info',
    ],
    env: { KUBECONFIG: join(folder, 'kubeconfig'), RUNTIME_NAMESPACE: 'flux-system' },
    log: join(folder, 'kustomize-controller.log'),
    isReady: () => isServing(`http://127.0.0.1:${health}/readyz`),
  })
}

function openFlux(running: Running): Omit<Flux, 'check' | 'restart' | 'stop'> {
  const get = (name: string) =>
    JSON.parse(call(running, ['get', fluxKinds.kustomization, name, '-o', 'json'])) as Kustomization
  const wait = <T>(what: string, find: () => T | undefined, seconds: number) =>
    eventually(
      what,
      async () => {
        running.controller.check()
        return find()
      },
      seconds,
    )
  const verdictOf = (name: string, isMeant: (found: Kustomization) => boolean) => {
    const found = get(name)
    return isMeant(found) ? judge(found) : undefined
  }
  return {
    get,
    publish: (source, content) => tellArtifact(running, source, running.artifacts.pack(content)),
    waitForVerdict: (name, revision, seconds = 120) =>
      wait(
        `a verdict of Kustomization ${name} about ${revision}`,
        () =>
          verdictOf(name, ({ status }) => status?.lastAttemptedRevision === revision) ??
          findFailure(running, name, revision),
        seconds,
      ),
    waitForReady: async (name, revision, seconds = 120) => {
      const isApplied = ({ status }: Kustomization) => status?.lastAppliedRevision === revision
      const find = () => verdictOf(name, isApplied)?.isReady || undefined
      await wait(`Ready of Kustomization ${name} with ${revision}`, find, seconds).catch((failure: Error) => {
        throw new Error(`${failure.message}: ${JSON.stringify(judge(get(name)))}`)
      })
    },
    reconcile: (name) => {
      running.asked += 1
      const token = `${running.asked}`
      call(running, [
        'annotate',
        '--overwrite',
        fluxKinds.kustomization,
        name,
        `reconcile.fluxcd.io/requestedAt=${token}`,
      ])
      const isHandled = ({ status }: Kustomization) => status?.lastHandledReconcileAt === token
      return wait(`a reconciliation of Kustomization ${name}`, () => verdictOf(name, isHandled), 120)
    },
  }
}

function call({ target, namespace }: Running, args: readonly string[]): string {
  return kubectl(target, ['-n', namespace, ...args])
}

/** Undefined while Flux is at it. */
function judge({ status }: Kustomization): FluxVerdict | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready === undefined || ready.status === 'Unknown') return undefined
  return { isReady: ready.status === 'True', reason: ready.reason ?? '', message: ready.message ?? '' }
}

interface FluxEvent extends KubeObject {
  readonly reason?: string
  readonly message?: string
}

/** A failure that Flux told of: its next try may begin at once, and then the status says no more of it. */
function findFailure(running: Running, name: string, revision: string): FluxVerdict | undefined {
  const about = `type=Warning,involvedObject.kind=Kustomization,involvedObject.name=${name}`
  const { items } = JSON.parse(call(running, ['get', 'events', '--field-selector', about, '-o', 'json'])) as {
    readonly items: readonly FluxEvent[]
  }
  const key = 'kustomize.toolkit.fluxcd.io/revision'
  const found = items.find(({ metadata }) => metadata.annotations?.[key] === revision)
  return found && { isReady: false, reason: found.reason ?? '', message: found.message ?? '' }
}

/** The status that source-controller would write. */
function tellArtifact(running: Running, source: string, artifact: Artifact): string {
  const found = JSON.parse(call(running, ['get', fluxKinds.gitRepository, source, '-o', 'json'])) as KubeObject
  const observedGeneration = found.metadata.generation ?? 1
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Succeeded',
    message: `stored artifact for revision '${artifact.revision}'`,
    observedGeneration,
    lastTransitionTime: artifact.lastUpdateTime,
  }
  const patch = JSON.stringify({ status: { observedGeneration, artifact, conditions: [ready] } })
  call(running, ['patch', fluxKinds.gitRepository, source, '--subresource=status', '--type=merge', '-p', patch])
  return artifact.revision
}
