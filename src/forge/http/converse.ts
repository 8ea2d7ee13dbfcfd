import {
  type Conversation,
  ConversationProblem,
  type ForgeAnswer,
  type ForgeCall,
} from '../../vcs/outgoing/conversation.ts'
import { ForgeError } from '../forge.ts'

export type SendCall = (call: ForgeCall) => Promise<ForgeAnswer>

/** Calls of one step that are under way at a time: forges throttle who asks for more. */
const mostAtOnce = 6

/**
 * Carries a conversation out to its end. `about` is host and repository, for what the conversation itself finds wrong; what a
 * call finds wrong ends it with the error of `send`.
 */
export async function converse<T>(start: () => Conversation<T>, about: string, send: SendCall): Promise<T> {
  try {
    const conversation = start()
    let step = conversation.next([])
    while (step.done !== true) step = conversation.next(await sendAll(step.value, send))
    return step.value
  } catch (error) {
    if (error instanceof ConversationProblem) throw new ForgeError(error.kind, `${about}: ${error.message}`)
    throw error
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
