import {
  type Conversation,
  ConversationProblem,
  type ForgeAnswer,
  type ForgeCall,
} from '../../vcs/outgoing/conversation.ts'
import { ForgeError } from '../forge.ts'
import { cleanWords } from './faults.ts'

type SendCall = (call: ForgeCall) => Promise<ForgeAnswer>

/** Calls of one step that are under way at a time: forges throttle who asks for more. */
const mostAtOnce = 6

export interface Line {
  /** Host and path of the repository, or what else is talked about, for what the conversation itself finds wrong. */
  readonly about: string
  readonly send: SendCall
  /** Values that no message may show: what a conversation finds wrong may quote an answer. */
  readonly secrets: () => readonly string[]
}

/** Carries a conversation out to its end. What a call finds wrong ends it with the error of `send`. */
export async function converse<T>(start: () => Conversation<T>, { about, send, secrets }: Line): Promise<T> {
  try {
    const conversation = start()
    let step = conversation.next([])
    while (step.done !== true) step = conversation.next(await sendAll(step.value, send))
    return step.value
  } catch (error) {
    if (!(error instanceof ConversationProblem)) throw error
    throw new ForgeError(error.kind, cleanWords(`${about}: ${error.message}`, secrets()))
  }
}

/** The answers in the order of the calls. */
async function sendAll(calls: readonly ForgeCall[], send: SendCall): Promise<readonly ForgeAnswer[]> {
  const answers: ForgeAnswer[] = []
  for (let start = 0; start < calls.length; start += mostAtOnce) {
    answers.push(...(await Promise.all(calls.slice(start, start + mostAtOnce).map(send))))
  }
  return answers
}
