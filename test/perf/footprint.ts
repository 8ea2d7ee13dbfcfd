import { kubectl } from '../../deploy/install/kubectl.ts'
import { startKwokNodes } from '../helpers/kwok.ts'
import { askEtcd } from '../helpers/local-etcd.ts'
import { timeBareChain } from './bare-chain.ts'
import { type Bench, benchNamespace } from './bench-cluster.ts'
import { type Row, toFigure, toRatio } from './measurement.ts'
import { readRoleCpu } from './process-memory.ts'
import { runAtOnce } from './scale.ts'

const runs = 40

/** What one run of five steps costs the API server, etcd and c8s's own processes, beside five bare Jobs in a chain. */
export async function measureFootprint(bench: Bench): Promise<readonly Row[]> {
  const kwok = await startKwokNodes({ ...bench, stepMs: 1000 })
  try {
    const bare = await countRequests(bench, () =>
      Promise.all(
        Array.from({ length: runs }, (_, i) =>
          timeBareChain(bench, `bare-${Date.now().toString(36)}-${i}`, { steps: 5 }),
        ),
      ),
    )
    // What is measured is the cost of each run, not that of compiling: some 30 ms a run over the first forty.
    await runAtOnce(bench, 'warm', runs)
    const cpuBefore = readRoleCpu('admission') + readRoleCpu('controller')
    const bytesBefore = await readStoredBytes(bench)
    const requests = await countRequests(bench, () => runAtOnce(bench, 'footprint', runs))
    const cpu = (readRoleCpu('admission') + readRoleCpu('controller') - cpuBefore) / runs
    const bytes = ((await readStoredBytes(bench)) - bytesBefore) / runs
    return [
      toRatio({
        id: 'requests',
        what: 'API requests of a run of 5 steps, over those of its bare Jobs (Tekton 1.46)',
        measured: requests / runs,
        floor: bare / runs,
        target: 1.25,
      }),
      toFigure({
        id: 'cpu',
        what: 'own CPU of a run of 5 steps, controller and admission (Argo 40, Tekton 235)',
        value: cpu,
        target: 40,
        unit: 'ms',
      }),
      toFigure({
        id: 'etcd',
        what: 'live bytes in etcd of a run of 5 steps, without events (Argo 47.5, Tekton 55.6, bare Jobs 23.6)',
        value: bytes / 1000,
        target: 40,
        unit: 'kB',
      }),
    ]
  } finally {
    await kwok.stop()
  }
}

/** Requests that the API server got meanwhile; watches and leases go on whatever is measured. */
async function countRequests(bench: Bench, work: () => Promise<unknown>): Promise<number> {
  const before = readRequests(bench)
  await work()
  return readRequests(bench) - before
}

function readRequests({ target }: Bench): number {
  const lines = kubectl(target, ['get', '--raw', '/metrics']).split('\n')
  const counted = lines.filter(
    (line) =>
      line.startsWith('apiserver_request_total{') &&
      !line.includes('verb="WATCH"') &&
      !line.includes('resource="leases"'),
  )
  return counted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** Bytes of the values of the bench's runs, Jobs and pods, as they lie in the store; only a local cluster lets one look. */
async function readStoredBytes({ cluster }: Bench): Promise<number> {
  if (cluster.kind !== 'local') return Number.NaN
  const kinds = ['jobs', 'pods', 'c8s.dev/pipelineruns']
  const sizes = await Promise.all(kinds.map((kind) => sumValues(`/registry/${kind}/${benchNamespace}/`)))
  return sizes.reduce((sum, size) => sum + size, 0)
}

interface RangeAnswer {
  readonly kvs?: readonly { readonly value?: string }[]
}

async function sumValues(prefix: string): Promise<number> {
  const end = `${prefix.slice(0, -1)}0`
  const encode = (text: string) => Buffer.from(text).toString('base64')
  const answer = await askEtcd<RangeAnswer>('/v3/kv/range', { key: encode(prefix), range_end: encode(end) })
  return (answer.kvs ?? []).reduce((sum, { value = '' }) => sum + Buffer.from(value, 'base64').length, 0)
}
