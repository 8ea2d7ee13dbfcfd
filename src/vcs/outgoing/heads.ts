import { findString } from './answers.ts'
import { ask, type Conversation, type ForgeCall } from './conversation.ts'
import type { Heads } from './outgoing.ts'

/** How many branches and pull requests are read at most; status of a connection holds as many heads. */
export const mostHeads = 1000

/** The default branch first, the others in the forge's order. */
export function toHeads(
  branches: readonly { readonly name: string; readonly commit: string }[],
  defaultBranch: string | undefined,
): Heads {
  const first = branches.filter(({ name }) => name === defaultBranch)
  const others = branches.filter(({ name }) => name !== defaultBranch)
  const heads = [...first, ...others].map(({ name, commit }) => ({ ref: `refs/heads/${name}`, commit }))
  return { heads, ...(defaultBranch === undefined ? {} : { defaultBranch }) }
}

/** The message of a commit, from the answer about it. */
export function* readMessage(call: ForgeCall, field = 'message'): Conversation<string | undefined> {
  return findString((yield* ask(call)).body, field)
}
