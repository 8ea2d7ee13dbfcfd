import type { PipelineConfig } from '../../../crds/kinds.ts'
import { annotations } from '../../../crds/labels.ts'
import type { PipelineConfigStatus } from '../../../crds/pipeline-config.ts'

export type LastRequest = NonNullable<PipelineConfigStatus['lastRequest']>

/** What a person asked for by the annotation c8s.dev/run-requested. */
export interface RunRequest {
  /** The annotation's value, in full. */
  readonly token: string
  /** As status can hold it. */
  readonly shown: string
  /** Who asked, as admission stamped it. */
  readonly requestedBy?: string
}

/** Of crds/pipeline-config.ts, in characters. */
const longest = 1024
/** Begins the message of a request that is not given up; what follows is why it has failed so far. */
const retryMark = 'trying again: '

/** The request that is to be served; undefined where there is none, or it has been. */
export function findRequest({ metadata }: PipelineConfig, last: LastRequest | undefined): RunRequest | undefined {
  const { [annotations.runRequested]: token = '', [annotations.runRequestedBy]: requestedBy } =
    metadata.annotations ?? {}
  const shown = cutCharacters(token)
  if (token === '' || (last?.token === shown && !isOpen(last))) return undefined
  return { token, shown, ...(requestedBy === undefined ? {} : { requestedBy }) }
}

/** What status says of a request that came to a run, or for good to none. */
export function tellServed({ shown }: RunRequest, run: string | undefined, message: string | undefined): LastRequest {
  return {
    token: shown,
    ...(run === undefined ? {} : { run }),
    ...(message === undefined ? {} : { message: cutCharacters(message) }),
  }
}

/** What status says of a request that is tried again. */
export function tellOpen({ shown }: RunRequest, why: string): LastRequest {
  return { token: shown, message: cutCharacters(`${retryMark}${why}`) }
}

function isOpen({ run, message = '' }: LastRequest): boolean {
  return run === undefined && message.startsWith(retryMark)
}

/** The branch that a request is for: the first that the config names without a glob; undefined for the default branch. */
export function findRequestBranch({ spec }: PipelineConfig): string | undefined {
  return spec.branches?.find((glob) => !/[*?]/.test(glob))
}

/** By characters, as the API server counts them, and none in two. */
function cutCharacters(text: string): string {
  return text.length <= longest ? text : [...text].slice(0, longest).join('')
}
