import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { type Row, toFigure } from './measurement.ts'

export interface LargeDeliveries {
  /** Of c8s-server. */
  readonly url: string
  /** As a connection of provider github has it, with its webhook secret. */
  readonly repository: string
  readonly secret: string
  /** Resident memory of the receiver, in MB. */
  readonly readMemory: () => number
}

const load = { count: 1000, bytes: 200_000, atOnce: 20 } as const
/** As many as it takes until the heap has its usual size. */
const warmUp = 200
const commit = 'ab'.repeat(20)

/** A push as GitHub sends it, made large by the files of a commit. */
function renderLargePush(repository: string): string {
  const file = 'src/some/rather/long/path/of/a/file/in/a/large/repository/number'
  const added = Array.from({ length: Math.ceil(load.bytes / (file.length + 9)) }, (_, n) => `${file}-${n + 10_000}`)
  const head = { id: commit, distinct: true, message: 'Add many files', added, removed: [], modified: [] }
  return JSON.stringify({
    ref: 'refs/heads/main',
    before: 'cd'.repeat(20),
    after: commit,
    created: false,
    deleted: false,
    forced: false,
    head_commit: { id: commit, message: head.message },
    commits: [head],
    repository: { clone_url: repository, html_url: repository, private: false, default_branch: 'main' },
    sender: { login: 'dev' },
  })
}

/** The same delivery again and again, so many at once; answers how many were not taken. */
async function sendMany({ url, repository, secret }: LargeDeliveries, count: number): Promise<number> {
  const body = renderLargePush(repository)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-github-event': 'push',
    'x-github-delivery': 'large',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }
  const agent = new Agent({ keepAlive: true, maxSockets: load.atOnce })
  const sendOne = () =>
    new Promise<number>((resolve, reject) => {
      const sent = request(`${url}/webhooks/github`, { method: 'POST', headers, agent }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
      })
      sent.once('error', reject).end(body)
    })
  let refused = 0
  for (let done = 0; done < count; done += load.atOnce) {
    const statuses = await Promise.all(Array.from({ length: load.atOnce }, sendOne))
    refused += statuses.filter((status) => status !== 200).length
  }
  agent.destroy()
  return refused
}

/** Whether large bodies leave anything behind in the receiver. */
export async function measureLargeDeliveries(deliveries: LargeDeliveries): Promise<readonly Row[]> {
  const refusedAtFirst = await sendMany(deliveries, warmUp)
  const before = deliveries.readMemory()
  const refused = refusedAtFirst + (await sendMany(deliveries, load.count))
  const what = `${load.count} deliveries of ${load.bytes / 1000} kB, ${load.atOnce} at once`
  const growth = deliveries.readMemory() - before
  return [
    toFigure({
      id: 'rss-server-large',
      what: `${what}: growth of the receiver`,
      value: growth,
      target: 30,
      unit: 'MB',
    }),
    toFigure({ id: 'large-refused', what: `${what}: not taken`, value: refused, target: 0, unit: 'deliveries' }),
  ]
}
