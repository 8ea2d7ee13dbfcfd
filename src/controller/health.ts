import { createServer, type Server } from 'node:http'

export interface HealthChecks {
  /** Can do its work, or would if it led. */
  isReady(): boolean
  /** Milliseconds since the API server was heard last. */
  silentForMs(): number
}

/** Every cache lists anew at least each 5 minutes. */
const longestSilenceMs = 360_000

/** /healthz and /readyz for kubelet's probes. */
export function createHealthServer(checks: HealthChecks): Server {
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]
    const answers: Readonly<Record<string, () => boolean>> = {
      '/healthz': () => checks.silentForMs() < longestSilenceMs,
      '/readyz': () => checks.isReady(),
    }
    const check = Object.hasOwn(answers, path ?? '') ? answers[path ?? ''] : undefined
    if (check === undefined) {
      response.writeHead(404).end('not found\n')
      return
    }
    const isGood = check()
    response.writeHead(isGood ? 200 : 503, { 'content-type': 'text/plain' }).end(isGood ? 'ok\n' : 'not ok\n')
  })
}
