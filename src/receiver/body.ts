import type { IncomingMessage } from 'node:http'
import type { Timers } from '../kube/timers.ts'
import type { BodyBudget, BodyHold } from './body-budget.ts'

/** What forges send at most: GitHub caps payloads there. */
const longestBody = 25 * 1024 * 1024
/** From the head to the last byte. */
const readLimitMs = 10_000

export type BodyProblem = 'tooLarge' | 'slow' | 'full' | 'aborted'

/** The bytes and the room that they hold, to be given back by whoever has judged them; or why there are none. */
export type ReadBody =
  | { readonly kind: 'read'; readonly body: Uint8Array; readonly hold: BodyHold }
  | { readonly kind: 'refused'; readonly problem: BodyProblem }

export interface BodyDeps {
  readonly budget: BodyBudget
  readonly timers: Timers
}

/** Reads a body as it comes, never inflated, and stops where it is too large, too slow or there is no room. */
export function readBody(request: IncomingMessage, { budget, timers }: BodyDeps): Promise<ReadBody> {
  const { promise, resolve } = Promise.withResolvers<ReadBody>()
  // Node refuses a Content-Length that is no number, and one beside Transfer-Encoding.
  if (Number(request.headers['content-length'] ?? 0) > longestBody) {
    return Promise.resolve({ kind: 'refused', problem: 'tooLarge' })
  }
  const hold = budget.open(() => refuse('slow'))
  if (hold === undefined) return Promise.resolve({ kind: 'refused', problem: 'full' })
  const chunks: Buffer[] = []
  let length = 0

  const finish = (read: ReadBody): void => {
    cancel()
    request.off('data', accept).off('end', complete).off('error', abort).off('close', abort)
    resolve(read)
  }
  const refuse = (problem: BodyProblem): void => {
    hold.release()
    chunks.length = 0
    finish({ kind: 'refused', problem })
  }
  const accept = (chunk: Buffer): void => {
    length += chunk.length
    if (length > longestBody) refuse('tooLarge')
    else if (hold.take(chunk.length)) chunks.push(chunk)
    else refuse('full')
  }
  const complete = (): void => {
    hold.settle()
    const [only = Buffer.alloc(0), ...more] = chunks
    finish({ kind: 'read', body: more.length === 0 ? only : Buffer.concat(chunks, length), hold })
  }
  const abort = (): void => refuse('aborted')
  const cancel = timers.after(readLimitMs, () => refuse('slow'))
  request.on('data', accept).on('end', complete).on('error', abort).on('close', abort)
  return promise
}

/** How long a client may go on sending what nobody wants, so that it gets to read why. */
const lingerMs = 1000

/** Throws away what still comes of a body that was refused; a client that goes on for too long is cut off. */
export function discardRest(request: IncomingMessage, timers: Timers): void {
  if (request.complete || request.destroyed) return
  const cancel = timers.after(lingerMs, () => request.socket.destroy())
  // Its errors are those of a client that left.
  request.on('error', () => undefined).on('close', cancel)
  request.resume()
}
