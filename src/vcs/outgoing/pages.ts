import { findList, findNumber, findText, findValue, readList } from './answers.ts'
import { ask, type Conversation, type ForgeAnswer, type ForgeCall } from './conversation.ts'

/** A list that the forge gives page by page. */
export interface Listing<T> {
  /** The first page; the others differ in the query. */
  readonly call: ForgeCall
  readonly style: PageStyle
  /** What one item of the forge's list amounts to; nothing, where it is left out. */
  readonly read: (item: unknown) => T | readonly T[]
  /** How many items are read at most. */
  readonly limit: number
  /** The answer may be about something else, which then has no items: a file where a folder was meant. */
  readonly mayBeOther?: true
}

export interface PageStyle {
  /** Asks for pages as large as the forge gives them. */
  readonly size: Readonly<Record<string, string>>
  /** Parameter that names a page. */
  readonly parameter: string
  /** Where the list is in the answer; the answer itself when left out. */
  readonly items?: string
  /** The page after this one; undefined after the last. URLs of the forge are not followed. */
  readonly next: (answer: ForgeAnswer, at: PagePosition) => string | undefined
}

interface PagePosition {
  /** The page that was asked for; undefined for the first. */
  readonly page: string | undefined
  /** Items of the forge's list so far, whatever was made of them. */
  readonly seen: number
}

export interface Listed<T> {
  readonly items: readonly T[]
  /** False where the limit cut it, or an answer was no page. */
  readonly isComplete: boolean
  /** Of the last answer: 4xx only where the call expects it. */
  readonly status: number
}

/** Against a forge that gives empty pages without end. */
const mostPages = 100

/** A list that is not there (404, where the call expects it) is empty and complete. */
export function* readPages<T>(listing: Listing<T>): Conversation<Listed<T>> {
  const items: T[] = []
  let page: string | undefined
  let seen = 0
  for (let count = 0; count < mostPages; count += 1) {
    const answer = yield* ask(toCall(listing, page))
    const { status } = answer
    if (status >= 300) return { items, isComplete: status === 404, status }
    const found = readItems(listing, answer.body)
    items.push(...found.flatMap(listing.read))
    seen += found.length
    const next = listing.style.next(answer, { page, seen })
    if (items.length > listing.limit) return { items: items.slice(0, listing.limit), isComplete: false, status }
    if (next === undefined) return { items, isComplete: true, status }
    page = next
  }
  return { items, isComplete: false, status: 200 }
}

function readItems<T>({ style, mayBeOther }: Listing<T>, body: unknown): readonly unknown[] {
  if (mayBeOther !== true) return readList(body, style.items)
  return style.items === undefined ? (Array.isArray(body) ? body : []) : findList(body, style.items)
}

function toCall<T>({ call, style }: Listing<T>, page: string | undefined): ForgeCall {
  const query = { ...call.query, ...style.size, ...(page === undefined ? {} : { [style.parameter]: page }) }
  return { ...call, query }
}

/** Pages are counted from 1, and a Link header tells whether there is a next. */
function nextByLink(answer: ForgeAnswer, { page }: PagePosition): string | undefined {
  return /;\s*rel="?next"?/.test(answer.headers['link'] ?? '') ? toNext(page) : undefined
}

function toNext(page: string | undefined): string {
  return `${Number(page ?? '1') + 1}`
}

/** GitHub and GitLab. */
export const hubPages: PageStyle = { size: { per_page: '100' }, parameter: 'page', next: nextByLink }

/** Gitea gives 50 at most, or fewer where its settings say so. Not all of its lists have a Link header, but all the total. */
export const giteaPages: PageStyle = {
  size: { limit: '50' },
  parameter: 'page',
  next: (answer, at) => {
    const total = Number(answer.headers['x-total-count'])
    if (Number.isNaN(total)) return nextByLink(answer, at)
    return at.seen < total && Array.isArray(answer.body) && answer.body.length > 0 ? toNext(at.page) : undefined
  },
}

/** The number or token of the next page stands in a URL. */
export const bitbucketCloudPages: PageStyle = {
  size: { pagelen: '100' },
  parameter: 'page',
  items: 'values',
  next: ({ body }) => {
    const next = findText(body, 'next')
    if (next === undefined || !URL.canParse(next)) return undefined
    return new URL(next).searchParams.get('page') ?? undefined
  },
}

/** Not in pages at all. */
export const wholeList: PageStyle = { size: {}, parameter: 'page', next: () => undefined }

/** Pages start at the index of an item. The list is called values, in the answer or in a part of it. */
function toStartPages(part: string): PageStyle {
  return {
    size: { limit: '500' },
    parameter: 'start',
    items: `${part}values`,
    next: ({ body }) => {
      const start = findNumber(body, `${part}nextPageStart`)
      return findValue(body, `${part}isLastPage`) === false && start !== undefined ? `${start}` : undefined
    },
  }
}

export const bitbucketDataCenterPages: PageStyle = toStartPages('')
/** Of a folder's answer, which tells of the folder too. */
export const bitbucketFolderPages: PageStyle = toStartPages('children.')
