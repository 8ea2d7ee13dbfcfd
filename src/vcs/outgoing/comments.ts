import { ask, type Conversation, type ForgeCall } from './conversation.ts'
import { type Listing, readPages } from './pages.ts'

export interface FoundComment {
  readonly id: string
  readonly text: string
  /** Names of whoever wrote it, in the terms of `own`; left out where the forge lets only the author change a comment. */
  readonly authors?: readonly string[]
  /** Bitbucket Data Center counts the changes. */
  readonly version?: number
}

export interface CommentCalls {
  readonly list: Listing<FoundComment>
  readonly create: (text: string) => ForgeCall
  /** Expects the statuses by which the forge says that the comment is not ours or gone. */
  readonly update: (comment: FoundComment, text: string) => ForgeCall
  /** The marker as this forge shows it to nobody; as it is when left out. */
  readonly hide?: (marker: string) => string
  /** Who we are; left out where that need not be known. */
  readonly own?: Conversation<string>
}

export interface WantedComment {
  /** Stands in the text and tells the comment from others. Anybody may write it into a comment of theirs. */
  readonly marker: string
  readonly text: string
}

/** How many comments are searched for the marker. */
export const mostComments = 1000

/** Changes our own comment that carries the marker, or writes one. */
export function* upsertComment(calls: CommentCalls, wanted: WantedComment): Conversation<void> {
  const marker = calls.hide?.(wanted.marker) ?? wanted.marker
  const text = mark(wanted, marker)
  const { items } = yield* readPages(calls.list)
  const marked = items.filter((comment) => comment.text.includes(marker))
  const own = marked.length > 0 && calls.own !== undefined ? yield* calls.own : undefined
  for (const comment of marked.filter(({ authors }) => own === undefined || authors?.includes(own))) {
    if (comment.text === text) return
    const { status } = yield* ask(calls.update(comment, text))
    if (status < 300) return
  }
  yield* ask(calls.create(text))
}

/** The marker is the last line, unless it stands in the text as it is. */
function mark({ marker, text }: WantedComment, shown: string): string {
  if (marker === shown && text.includes(marker)) return text
  return `${text.replaceAll(marker, '').trim()}\n\n${shown}`
}
