import type { ForgeAnswer, ForgeCall } from '../../vcs/outgoing/conversation.ts'

type SendCall = (call: ForgeCall) => Promise<ForgeAnswer>

interface Heard {
  readonly call: ForgeCall
  /** Of the answer: a forge that is shown it tells whether the answer would still be the same. */
  readonly etag: string
}

interface Known {
  readonly heard: readonly Heard[]
  readonly value: unknown
}

/**
 * What came of questions that are asked again and again, such as for all heads. GitHub does not count a call that it answers
 * with 304, and looks at a hundred repositories every few minutes would use up most of an hour's 5,000.
 */
export interface Recollection {
  /** The same question has the same key. `ask` carries its calls out by the `send` that it is given. */
  recall<T>(key: string, send: SendCall, ask: (send: SendCall) => Promise<T>): Promise<T>
}

/** Questions that are kept; the oldest go first. */
const mostKept = 2000
/** A question of more calls is not kept: what changes somewhere in it each time would only cost more. */
const mostCalls = 6
const notModified = 304

export function createRecollection(): Recollection {
  const kept = new Map<string, Known>()
  return {
    recall: async <T>(key: string, send: SendCall, ask: (send: SendCall) => Promise<T>) => {
      const known = kept.get(key)
      const news = await askForNews(known?.heard ?? [], send)
      if (known !== undefined && news.size === 0) return known.value as T
      const heard: (Heard | undefined)[] = []
      const value = await ask(async (call) => {
        const answer = news.get(toId(call)) ?? (await send(call))
        heard.push(toHeard(call, answer))
        return answer
      })
      kept.delete(key)
      const whole = heard.filter((each) => each !== undefined)
      if (whole.length === heard.length && whole.length <= mostCalls) kept.set(key, { heard: whole, value })
      const [oldest] = kept.keys()
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest)
      return value
    },
  }
}

/** The answers that are other than they were, by call. */
async function askForNews(heard: readonly Heard[], send: SendCall): Promise<ReadonlyMap<string, ForgeAnswer>> {
  const answers = await Promise.all(heard.map(({ call, etag }) => send(toConditional(call, etag))))
  const pairs = heard.flatMap(({ call }, index): [string, ForgeAnswer][] => {
    const answer = answers[index]
    return answer === undefined || answer.status === notModified ? [] : [[toId(call), answer]]
  })
  return new Map(pairs)
}

function toConditional(call: ForgeCall, etag: string): ForgeCall {
  const { headers = {}, expects = [] } = call
  return { ...call, headers: { ...headers, 'if-none-match': etag }, expects: [...expects, notModified] }
}

function toHeard(call: ForgeCall, { status, headers }: ForgeAnswer): Heard | undefined {
  const { etag = '' } = headers
  return call.method === 'GET' && status === 200 && etag !== '' ? { call, etag } : undefined
}

function toId({ method, path, query = {} }: ForgeCall): string {
  return JSON.stringify([method, path, query])
}
