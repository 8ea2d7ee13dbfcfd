import { readFileSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createConnection } from 'node:net'
import { authorities, authorityPath, certificatePaths } from './certificates.ts'
import { apiServerUrl } from './kubeconfig.ts'
import type { Health, Part } from './part.ts'
import { findProcess, logPath, readLogTail } from './process.ts'
import { settings } from './settings.ts'
import type { Site } from './site.ts'
import { sleep } from './sleep.ts'

const PROBE_TIMEOUT_MS = 2_000
const PROBE_EVERY_MS = 100
const ADVICE = 'Try "npm run cluster -- up" again; when it fails in the same way, "npm run cluster -- down" first.'

export async function isHealthy(site: Site, health: Health): Promise<boolean> {
  if ('socket' in health) return acceptsConnection(health.socket)
  return (await fetchText(site, health.url, health.clientOf)) !== undefined
}

/** Body of a 200 answer; anything else, no answer included, is undefined. */
export function fetchText(site: Site, url: string, clientOf?: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp
    const options = { timeout: PROBE_TIMEOUT_MS, agent: false as const, ...readTls(site, url, clientOf) }
    const call = request(url, options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve(response.statusCode === 200 ? body : undefined))
      response.on('error', () => resolve(undefined))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}

function readTls(site: Site, url: string, clientOf: string | undefined): Record<string, unknown> {
  if (!url.startsWith('https:')) return {}
  const ca = authorities.map((name) => readFileSync(authorityPath(site, name)))
  if (clientOf === undefined) return { ca }
  const paths = certificatePaths(site, clientOf)
  return { ca, cert: readFileSync(paths.certificate), key: readFileSync(paths.key) }
}

function acceptsConnection(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    const answer = (accepts: boolean): void => {
      socket.destroy()
      resolve(accepts)
    }
    socket.setTimeout(PROBE_TIMEOUT_MS, () => answer(false))
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}

/** Waits until the part is well; when it ends or takes too long, says why in its own words. */
export async function waitUntilHealthy(site: Site, part: Part, patienceMs = 60_000): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await isHealthy(site, part.health))) {
    const hasEnded = findProcess(site, part) === undefined
    if (hasEnded || Date.now() > end) {
      const what = hasEnded ? 'ended right after its start' : `is not healthy after ${patienceMs / 1000} s`
      const tail = readLogTail(site, part.name, 12)
      throw new Error(`${part.name} ${what}. The end of its log (${logPath(site, part.name)}):\n${tail}\n${ADVICE}`)
    }
    await sleep(PROBE_EVERY_MS)
  }
}

interface NodeObject {
  spec?: { taints?: readonly unknown[] }
  status?: { conditions?: readonly { type: string; status: string; message?: string }[] }
}

/** Why a pod could not run now, in words; undefined when one could. */
export async function findObstacle(site: Site): Promise<string | undefined> {
  const read = (path: string): Promise<string | undefined> => fetchText(site, `${apiServerUrl}/api/v1/${path}`, 'admin')
  const node = await read(`nodes/${settings.nodeName}`)
  if (node === undefined) return 'the node has not registered'
  const obstacle = judgeNode(JSON.parse(node) as NodeObject)
  if (obstacle !== undefined) return obstacle
  const account = await read('namespaces/default/serviceaccounts/default')
  return account === undefined ? 'the namespace default has no service account yet' : undefined
}

export function judgeNode(node: NodeObject): string | undefined {
  const ready = node.status?.conditions?.find((one) => one.type === 'Ready')
  if (ready?.status !== 'True') return `the node is not Ready: ${ready?.message ?? 'it has not reported yet'}`
  return (node.spec?.taints ?? []).length > 0 ? 'the node is still tainted' : undefined
}

export async function waitUntilUsable(site: Site, patienceMs = 60_000): Promise<void> {
  const end = Date.now() + patienceMs
  for (;;) {
    const obstacle = await findObstacle(site)
    if (obstacle === undefined) return
    if (Date.now() > end) throw new Error(`the cluster is not usable after ${patienceMs / 1000} s: ${obstacle}`)
    await sleep(PROBE_EVERY_MS)
  }
}
