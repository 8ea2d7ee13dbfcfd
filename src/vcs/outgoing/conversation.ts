/** One HTTP call to a forge's API, as data. */
export interface ForgeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base of the API, each part percent-encoded: /repos/org/app. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Names in lower case; the credential is added by whoever sends the call. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: object
  /** How the answer is read; JSON when left out. */
  readonly answer?: 'text'
  /** Statuses beside 2xx that are answers here; all others are errors. */
  readonly expects?: readonly number[]
  /** Values in the body that no message may show. */
  readonly secrets?: readonly string[]
}

export interface ForgeAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Parsed JSON, or text where the call asked for text; undefined where the forge sent nothing. */
  readonly body: unknown
}

/** Stands for an answer over the size limit, where a call expects it. */
export const tooLarge = 413

/**
 * What is said to a forge for one purpose: yields calls that may go out together, gets their answers in the same order, and
 * returns what they amount to. Pure, so that whoever sends the calls decides about time, credentials and retries.
 */
export type Conversation<T> = Generator<readonly ForgeCall[], T, readonly ForgeAnswer[]>

export type ProblemKind = 'unavailable' | 'unsupported' | 'notFound' | 'forbidden' | 'refused'

/** Why a conversation cannot come to its end, as half a sentence about what the forge holds or answered. */
export class ConversationProblem extends Error {
  readonly kind: ProblemKind

  constructor(kind: ProblemKind, message: string) {
    super(message)
    this.name = 'ConversationProblem'
    this.kind = kind
  }
}

/** A single call and its answer. */
export function* ask(call: ForgeCall): Conversation<ForgeAnswer> {
  const [answer] = yield [call]
  if (answer === undefined) throw new ConversationProblem('unavailable', 'a call was left without an answer')
  return answer
}

/** One part of a path, so that nothing in it can become another part, a query or a step upwards. */
export function encodePart(text: string): string {
  const encoded = encodeURIComponent(text)
  return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded
}

/** A path of a file: its slashes stay. */
export function encodePath(path: string): string {
  return path.split('/').map(encodePart).join('/')
}
