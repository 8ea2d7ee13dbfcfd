import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureTool } from '../../deploy/local/go-tools.ts'

export interface TestApiServer {
  readonly kubeconfig: string
  readonly folder: string
  /** Kills the API server; what it stored stays. */
  takeDown(): Promise<void>
  /** Starts it again under the same address, and waits until it is ready. */
  bringBack(): Promise<void>
  stop(): Promise<void>
}

export interface ApiServerOptions {
  /** Further flags; what they name can be written into the folder, which is thrown away with the server. */
  readonly prepareFlags?: (folder: string) => readonly string[]
}

/** Long enough for a loaded CI machine; a quick one needs 3 s. */
const startLimitMs = 60_000
const token = 'c8s-test-admin'

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port on loopback')
  return address.port
}

function startProcess(program: string, args: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a')
  const child = spawn(program, args, { stdio: ['ignore', output, output] })
  closeSync(output)
  return child
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

function renderKubeconfig(url: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  })
}

function renderServerFlags(folder: string, port: number, etcdUrl: string): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certs')}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--service-account-issuer=https://test.invalid',
    `--service-account-key-file=${join(folder, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // Pods are created without the controllers that make each namespace's default account.
    '--disable-admission-plugins=ServiceAccount',
    // Nothing reaches it through the kubernetes Service, and a loopback address is not a legal endpoint.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
  ]
}

function writeIdentities(folder: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(join(folder, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`)
}

function isReady(url: string): Promise<boolean> {
  const options = { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false, timeout: 2000 }
  return new Promise((resolve) => {
    const request = get(`${url}/readyz`, options, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
    request.on('timeout', () => request.destroy(new Error('timeout')))
  })
}

async function waitUntilReady(url: string, server: ChildProcess, log: string): Promise<void> {
  const end = performance.now() + startLimitMs
  while (!(await isReady(url))) {
    if (server.exitCode !== null || performance.now() > end) {
      const tail = readFileSync(log, 'utf8').split('\n').slice(-15).join('\n')
      throw new Error(`the test API server did not become ready:\n${tail}`)
    }
    await sleep(100)
  }
}

/**
 * A real etcd and kube-apiserver on loopback ports, with no controllers and no kubelet: the tests play those. It is
 * thrown away with its folder when stopped.
 */
export async function startTestApiServer(options: ApiServerOptions = {}): Promise<TestApiServer> {
  const [etcd, apiServer] = [await ensureTool('etcd'), await ensureTool('kube-apiserver')]
  const folder = mkdtempSync(join(tmpdir(), 'c8s-api-server-'))
  writeIdentities(folder)
  const [clientPort, peerPort, serverPort] = [await findFreePort(), await findFreePort(), await findFreePort()]
  const etcdUrl = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  const etcdFlags = [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
  const store = startProcess(etcd, etcdFlags, join(folder, 'etcd.log'))
  const url = `https://127.0.0.1:${serverPort}`
  const log = join(folder, 'kube-apiserver.log')
  const flags = [...renderServerFlags(folder, serverPort, etcdUrl), ...(options.prepareFlags?.(folder) ?? [])]
  const start = () => startProcess(apiServer, flags, log)
  let server = start()
  const stop = async () => {
    await stopProcess(server)
    await stopProcess(store)
    rmSync(folder, { recursive: true, force: true })
  }
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, renderKubeconfig(url))
  await waitUntilReady(url, server, log).catch(async (failure: unknown) => {
    await stop()
    throw failure
  })
  return {
    kubeconfig,
    folder,
    takeDown: () => stopProcess(server),
    bringBack: async () => {
      server = start()
      await waitUntilReady(url, server, log)
    },
    stop,
  }
}
