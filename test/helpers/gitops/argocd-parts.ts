import { connect } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { type HostProcess, isServing, startHostProcess } from './host-process.ts'

export const argoCdParts = ['redis', 'repo-server', 'application-controller', 'server'] as const
export type ArgoCdPart = (typeof argoCdParts)[number]

export interface ArgoCdSite {
  /** Logs, caches, clones and home of all parts. */
  readonly folder: string
  /** Path of the built binary. */
  readonly program: string
  /** Of the chosen cluster, with Argo CD's namespace as that of its only context. */
  readonly kubeconfig: string
  readonly ports: Readonly<Record<ArgoCdPart, PartPorts>>
  /** How often an application is compared though nothing has changed. */
  readonly resyncSeconds: number
}

export interface PartPorts {
  readonly main: number
  readonly metrics: number
}

/** Starts a part and waits until it serves. */
export function startPart(site: ArgoCdSite, part: ArgoCdPart): Promise<HostProcess> {
  const log = join(site.folder, `${part}.log`)
  const common = { name: `Argo CD's ${part}`, args: planFlags(site, part), log }
  const { main, metrics } = site.ports[part]
  if (part === 'redis') return startHostProcess({ ...common, program: 'redis-server', isReady: () => canConnect(main) })
  const health = `http://127.0.0.1:${part === 'server' ? main : metrics}/healthz`
  const env = planEnv(site, part)
  return startHostProcess({ ...common, program: site.program, env, isReady: () => isServing(health) })
}

function planFlags(site: ArgoCdSite, part: ArgoCdPart): readonly string[] {
  const { main, metrics } = site.ports[part]
  const redis = ['--redis', `127.0.0.1:${site.ports.redis.main}`]
  const repoServer = ['--repo-server', `127.0.0.1:${site.ports['repo-server'].main}`, '--repo-server-plaintext']
  const onLoopback = ['--address', '127.0.0.1', '--port', `${main}`, '--metrics-address', '127.0.0.1']
  const flags: Readonly<Record<ArgoCdPart, readonly string[]>> = {
    redis: ['--bind', '127.0.0.1', '--port', `${main}`, '--save', '', '--dir', site.folder],
    // How long it believes that a branch is where it was.
    'repo-server': [...redis, '--disable-tls', ...onLoopback, '--revision-cache-expiration', '1s'],
    // Has no flag for the address of its metrics.
    'application-controller': [...redis, ...repoServer, '--app-resync', `${site.resyncSeconds}`],
    // Whoever reaches the port may do all: it is the test's own.
    server: [...redis, ...repoServer, '--insecure', '--disable-auth', ...onLoopback],
  }
  return part === 'redis' ? flags[part] : [...flags[part], '--metrics-port', `${metrics}`]
}

function planEnv({ folder, kubeconfig }: ArgoCdSite, part: ArgoCdPart): Readonly<Record<string, string>> {
  return {
    // One binary, which asks for its role here.
    ARGOCD_BINARY_NAME: `argocd-${part}`,
    // By this, https://kubernetes.default.svc is the cluster of KUBECONFIG.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    KUBECONFIG: kubeconfig,
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    ARGOCD_SSH_DATA_PATH: join(folder, 'ssh'),
    ARGOCD_TLS_DATA_PATH: join(folder, 'tls'),
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_SYNC_WAVE_DELAY: '1',
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
