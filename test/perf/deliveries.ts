import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { PipelineRun } from '../../crds/kinds.ts'
import { apiVersion, labels } from '../../crds/labels.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { openServiceAddress } from '../../deploy/install/service-address.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type Bench, benchNamespace } from './bench-cluster.ts'
import { percentile, type Row, toFigure, toRatio } from './measurement.ts'
import { readRoleMemory } from './process-memory.ts'

const secret = 'bench-4c1f0a7be2d95836'
const connection = 'deliveries'
const atOnce = 50
const load = { count: 1000, seconds: 10 }
/** The webhooks leave the cluster's own namespaces alone: a create there is a bare one. */
const unwatchedNamespace = 'kube-public'

const agent = new Agent({ keepAlive: true, maxSockets: 256 })
const toCommit = (n: number) => n.toString(16).padStart(40, '0')

/** As GitHub sends a push, reduced to what such a payload always has. */
function renderPush(repository: string, commit: string): string {
  return JSON.stringify({
    ref: 'refs/heads/main',
    before: toCommit(1),
    after: commit,
    created: false,
    deleted: false,
    forced: false,
    head_commit: { id: commit, message: 'Change something', added: [], removed: [], modified: ['a'] },
    commits: [{ id: commit, message: 'Change something', added: [], removed: [], modified: ['a'] }],
    repository: { clone_url: repository, html_url: repository, private: false, default_branch: 'main' },
    sender: { login: 'dev' },
  })
}

/** Answers with the status, and the seconds that it took. */
function deliver(url: string, repository: string, commit: string): Promise<{ status: number; seconds: number }> {
  const body = renderPush(repository, commit)
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-github-event': 'push',
    'x-github-delivery': commit,
    'x-hub-signature-256': `sha256=${signature}`,
  }
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/webhooks/github`, { method: 'POST', headers, agent }, (answer) => {
      answer.resume().once('end', () => {
        resolve({ status: answer.statusCode ?? 0, seconds: (performance.now() - started) / 1000 })
      })
    })
    sent.once('error', reject).end(body)
  })
}

function connect(bench: Bench): void {
  const metadata = (name: string) => ({ name, namespace: benchNamespace })
  const spec = {
    repository: bench.repository,
    provider: 'github',
    webhookSecretRef: 'deliveries-webhook',
    pipelineConfigRef: bench.configName,
    pollInterval: '0s',
  }
  const items = [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('deliveries-webhook'),
      stringData: { 'webhook-secret': secret },
    },
    { apiVersion, kind: 'RepositoryConnection', metadata: metadata(connection), spec },
  ]
  kubectl(bench.target, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}

/** The same object, created 50 at once where no webhook of ours looks. Seconds of each. */
function timeBareCreates(bench: Bench, turn: number): Promise<readonly number[]> {
  const create = async (n: number) => {
    const run = {
      apiVersion,
      kind: 'PipelineRun',
      metadata: { name: `bare-${turn}-${n}`, namespace: unwatchedNamespace },
      spec: { pipelineConfigRef: bench.configName, commit: toCommit(n), branch: 'main' },
    }
    const started = performance.now()
    await bench.client.create(resourceTypes.pipelineRun, run)
    return (performance.now() - started) / 1000
  }
  return Promise.all(Array.from({ length: atOnce }, (_, n) => create(n)))
}

async function measureLatency(bench: Bench, url: string): Promise<Row> {
  const [bare, delivered]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < 6; turn += 1) {
    const times = await timeBareCreates(bench, turn)
    const commits = Array.from({ length: atOnce }, (_, n) => toCommit(0x100000 + turn * atOnce + n))
    const answers = await Promise.all(commits.map((commit) => deliver(url, bench.repository, commit)))
    const bad = answers.find(({ status }) => status !== 200)
    if (bad !== undefined) throw new Error(`a delivery was answered with ${bad.status}`)
    // The first turn opens connections, of both kinds.
    if (turn === 0) continue
    bare.push(...times)
    delivered.push(...answers.map(({ seconds }) => seconds))
  }
  const what = `delivery → run stored, ${atOnce} at once, p99 over that of as many bare creates at once`
  return toRatio({
    id: 'delivery',
    what,
    measured: percentile(delivered, 0.99),
    floor: percentile(bare, 0.99),
    target: 10,
  })
}

/** 1,000 deliveries spread over 10 s; each tenth is sent again as soon as it is answered, as a forge that repeats itself would. */
async function measureLoad(bench: Bench, url: string): Promise<readonly Row[]> {
  const before = readRoleMemory('server')
  const pause = (load.seconds * 1000) / load.count
  const sent = Array.from({ length: load.count }, async (_, n) => {
    await new Promise((resolve) => setTimeout(resolve, n * pause))
    const commit = toCommit(0x200000 + n)
    const first = await deliver(url, bench.repository, commit)
    const again = n % 10 === 0 ? await deliver(url, bench.repository, commit) : first
    return first.status === 200 && again.status === 200
  })
  const refused = (await Promise.all(sent)).filter((isTaken) => !isTaken).length
  const runs = await bench.client.list<PipelineRun>(resourceTypes.pipelineRun, {
    namespace: benchNamespace,
    labelSelector: `${labels.connection}=${connection}`,
  })
  const commits = runs.items.map(({ spec }) => spec.commit).filter((commit) => Number.parseInt(commit, 16) >= 0x200000)
  const lost = load.count - new Set(commits).size
  const growth = readRoleMemory('server') - before
  return [
    toFigure({
      id: 'deliveries-lost',
      what: '1,000 deliveries in 10 s, each tenth twice: commits without a run',
      value: lost,
      target: 0,
      unit: 'runs',
    }),
    toFigure({
      id: 'deliveries-doubled',
      what: 'the same: runs too many',
      value: commits.length - new Set(commits).size,
      target: 0,
      unit: 'runs',
    }),
    toFigure({
      id: 'deliveries-refused',
      what: 'the same: not answered with 200',
      value: refused,
      target: 0,
      unit: 'deliveries',
    }),
    toFigure({
      id: 'rss-server',
      what: 'memory that the receiver grew by meanwhile',
      value: growth,
      target: 30,
      unit: 'MB',
    }),
  ]
}

/** From the receiver's Service to stored runs; the controller rests, because a thousand runs would fill the node. */
export async function measureDeliveries(bench: Bench): Promise<readonly Row[]> {
  const system = (...args: string[]) => kubectl(bench.target, ['-n', 'c8s-system', ...args])
  connect(bench)
  system('scale', 'deployment/c8s-controller', '--replicas=0')
  system('wait', 'pods', '-l', 'app.kubernetes.io/component=controller', '--for=delete', '--timeout=60s')
  const address = await openServiceAddress(bench.cluster, { namespace: 'c8s-system', name: 'c8s-server', port: 80 })
  try {
    await deliver(address.url, bench.repository, toCommit(0x10))
    return [await measureLatency(bench, address.url), ...(await measureLoad(bench, address.url))]
  } finally {
    await address.close()
    for (const namespace of [benchNamespace, unwatchedNamespace]) {
      kubectl(bench.target, ['-n', namespace, 'delete', 'pipelineruns.c8s.dev', '--all', '--wait=false'])
    }
    system('scale', 'deployment/c8s-controller', '--replicas=2')
    system('rollout', 'status', 'deployment/c8s-controller', '--timeout=90s')
  }
}
