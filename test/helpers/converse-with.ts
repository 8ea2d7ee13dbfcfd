import type { Conversation, ForgeAnswer, ForgeCall } from '../../src/vcs/outgoing/conversation.ts'

/** Plays a conversation with a function for the forge, and gives its result and the calls that it made. */
export function converseWith<T>(
  conversation: Conversation<T>,
  answer: (call: ForgeCall) => Partial<ForgeAnswer>,
): { readonly result: T; readonly calls: readonly ForgeCall[] } {
  const calls: ForgeCall[] = []
  let step = conversation.next([])
  while (step.done !== true) {
    calls.push(...step.value)
    step = conversation.next(step.value.map((call) => ({ status: 200, headers: {}, body: undefined, ...answer(call) })))
  }
  return { result: step.value, calls }
}
