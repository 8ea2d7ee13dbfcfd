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

type Send = (response: Response, status: number, review: ReviewResponse) => void
type Answerer = (bytes: Uint8Array) => Promise<ServiceAnswer>

/** The webhooks as an Express app that does not listen. No middleware but the body's reader: each costs every create. */
export function createApp({ service, isDraining }: AppDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  const send: Send = (response, status, review) => {
    const text = JSON.stringify(review)
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(isDraining() ? { connection: 'close' } : {}),
    })
    // Text, not bytes: head and body then leave in one piece.
    response.end(text)
  }
  app.post('/mutate', serveReview(service.mutate, send))
  app.post('/validate', serveReview(service.validate, send))
  app.use((_request, response) => send(response, 404, renderErrored('', 400, 'there is no such webhook')))
  return app
}

function serveReview(answer: Answerer, send: Send): RequestHandler {
  // Compressed bodies are refused (415), not blown up.
  const readBody = express.raw({ type: 'application/json', limit: maxBodyBytes, inflate: false })
  return async (request, response) => {
    // Called here and not by Express, whose error handlers would take over what is to be said about a bad body.
    const error = await new Promise<unknown>((resolve) => readBody(request, response, resolve))
    const { body } = request as { body?: unknown }
    if (error !== undefined) {
      const status = toHttpStatus(error)
      send(response, status, renderErrored('', 400, describeBadBody(status)))
    } else if (Buffer.isBuffer(body)) {
      const answered = await answer(body)
      send(response, answered.status, answered.body)
    } else {
      send(response, 415, renderErrored('', 400, 'the body must be application/json'))
    }
  }
}

/** Too large, cut off or compressed. */
function describeBadBody(status: number): string {
  return status === 413 ? `the body is larger than ${maxBodyBytes} bytes` : 'the body could not be read'
}

function toHttpStatus(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 400
}
