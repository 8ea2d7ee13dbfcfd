import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import express, { type Express, type Request, type Response } from 'express'
import type { Timers } from '../kube/timers.ts'
import type { Log } from '../lib/log.ts'
import type { IncomingProvider } from '../vcs/incoming/provider.ts'
import { type Answer, answers } from './answer.ts'
import { discardRest } from './body.ts'
import { type DeliveryDeps, takeDelivery } from './delivery.ts'
import type { DeliveryMetrics } from './metrics.ts'
import { renderRunPage } from './run-page.ts'
import { createThrottle, type Throttle } from './throttle.ts'
import type { Traffic } from './traffic.ts'

export interface ReceiverDeps extends DeliveryDeps {
  readonly providers: readonly IncomingProvider[]
  readonly traffic: Traffic
  readonly metrics: DeliveryMetrics
  readonly log: Log
  readonly timers: Timers
}

/** A program answers here, or a text for people: nothing that a browser should run, keep or show inside another page. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const
/** Strangers may be refused as often as they like; the log tells one of a kind a second. */
const rejectionLogMs = 1000

/** Where forges deliver: an Express app with what it leaves over, to be put behind a port. */
export function createReceiver(deps: ReceiverDeps): RequestListener {
  const app = createApp(deps)
  // Not one of Express's own error handlers: it would show the stack.
  return (request, response) => {
    app(request as Request, response as Response, (error: unknown) => answerRest(deps, response as Response, error))
  }
}

function createApp(deps: ReceiverDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.set('case sensitive routing', true)
  app.use((request, response, next) => {
    response.set(securityHeaders)
    if (deps.traffic.isRefusing()) response.set('connection', 'close')
    response.once('finish', () => discardRest(request, deps.timers))
    next()
  })
  const mayLog = createThrottle(rejectionLogMs, deps.timers)
  app.all('/webhooks/:provider', (request, response) => serveDelivery(deps, mayLog, { request, response }))
  app.get('/runs/:namespace/:name', ({ params: { namespace, name } }, response) => {
    const page = renderRunPage(namespace, name)
    sendText(response, page === undefined ? 404 : 200, page ?? 'there is no such run\n')
  })
  app.get('/', (_request, response) => sendText(response, 200, 'c8s takes deliveries of forges at /webhooks/\n'))
  return app
}

interface Exchange {
  readonly request: Request<{ provider: string }>
  readonly response: Response
}

async function serveDelivery(deps: ReceiverDeps, mayLog: Throttle, { request, response }: Exchange): Promise<void> {
  const { timers, traffic, metrics, providers } = deps
  const end = traffic.begin()
  const startedAt = timers.now()
  const provider = providers.find(({ id }) => id === request.params.provider)
  const requestId = randomUUID()
  try {
    const answer =
      provider === undefined ? answers.unknownProvider : await takeDelivery(deps, provider, { request, requestId })
    const label = provider?.id ?? 'unknown'
    const milliseconds = timers.now() - startedAt
    metrics.count(label, answer.result)
    if (isSigned(answer)) metrics.time(label, milliseconds / 1000)
    logAnswer(deps.log, mayLog, { requestId, provider: label, answer, milliseconds })
    sendAnswer(response, answer)
  } finally {
    // Not before the answer has left: what is stopped waits for this.
    if (response.closed) end()
    else response.once('close', end)
  }
}

const signedResults: readonly string[] = ['started', 'done', 'ignored', 'refused', 'failed', 'retry', 'ping']

function isSigned({ result }: Answer): boolean {
  return signedResults.includes(result)
}

interface Answered {
  readonly requestId: string
  readonly provider: string
  readonly answer: Answer
  readonly milliseconds: number
}

/** Never what was sent: no body, no signature, no header. */
function logAnswer(log: Log, mayLog: Throttle, { requestId, provider, answer, milliseconds }: Answered): void {
  const { result, status } = answer
  const fields = { requestId, provider, result, status, milliseconds: Math.round(milliseconds) }
  if (isSigned(answer)) log.info(fields, 'a delivery was taken')
  else if (mayLog(`${provider} ${result}`)) log.warn(fields, 'a delivery was turned away')
}

function sendAnswer(response: Response, { status, body, retryAfterMs }: Answer): void {
  if (response.destroyed) return
  if (retryAfterMs !== undefined) response.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))))
  if (status === answers.wrongMethod.status) response.set('allow', 'POST')
  const text = JSON.stringify(body)
  response.status(status).set('content-type', 'application/json; charset=utf-8')
  response.set('content-length', String(Buffer.byteLength(text)))
  response.end(text)
}

function sendText(response: Response, status: number, text: string): void {
  response.status(status).set('content-type', 'text/plain; charset=utf-8').end(text)
}

/** No stack trace, and nothing of the request. A path that cannot be decoded is one that does not exist. */
function answerRest({ log }: ReceiverDeps, response: Response, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
  } else if (error === undefined || error instanceof URIError) {
    sendText(response, 404, 'not found\n')
  } else {
    log.error({ err: error }, 'a request could not be answered')
    sendAnswer(response, answers.fault)
  }
}
