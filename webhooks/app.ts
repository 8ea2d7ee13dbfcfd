import express, { type Express, type RequestHandler, type Response } from 'express'
import { type ReviewResponse, renderErrored } from './response.ts'
import type { AdmissionService, ServiceAnswer } from './service.ts'

export interface AppDeps {
  readonly service: AdmissionService
  /** While true, answers ask the API server to come by another connection, which leads to another replica. */
  readonly isDraining: () => boolean
}

/** An update carries the object twice, and etcd takes 1.5 MiB: no honest review is near this. */
export const maxBodyBytes = 8 * 1024 * 1024

/** The webhooks as an Express app that does not listen. No middleware but the body's reader: each costs every create. */
export function createApp({ service, isDraining }: AppDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  // Compressed bodies are refused (415), not blown up.
  const readBody = express.raw({ type: 'application/json', limit: maxBodyBytes, inflate: false })
  const serve = (answer: (bytes: Uint8Array) => Promise<ServiceAnswer>): RequestHandler => {
    return (request, response) => {
      if (isDraining()) response.setHeader('connection', 'close')
      // Called here and not by Express, whose error handlers would take over what is to be said about a bad body.
      readBody(request, response, (error?: unknown) => {
        if (error === undefined) void answerBody(request, response, answer)
        else refuseBody(response, error)
      })
    }
  }
  app.post('/mutate', serve(service.mutate))
  app.post('/validate', serve(service.validate))
  app.use((_request, response) => send(response, 404, renderErrored('', 400, 'there is no such webhook')))
  return app
}

async function answerBody(
  { body }: { readonly body?: unknown },
  response: Response,
  answer: (bytes: Uint8Array) => Promise<ServiceAnswer>,
): Promise<void> {
  if (!Buffer.isBuffer(body)) {
    send(response, 415, renderErrored('', 400, 'the body must be application/json'))
    return
  }
  const { status, body: review } = await answer(body)
  send(response, status, review)
}

function send(response: Response, status: number, review: ReviewResponse): void {
  const bytes = Buffer.from(JSON.stringify(review))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}

/** Too large, cut off or compressed. */
function refuseBody(response: Response, error: unknown): void {
  const status = toHttpStatus(error)
  const message = status === 413 ? `the body is larger than ${maxBodyBytes} bytes` : 'the body could not be read'
  send(response, status, renderErrored('', 400, message))
}

function toHttpStatus(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 400
}
