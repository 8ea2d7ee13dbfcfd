import { toSentence } from './sentence.ts'

/** What kubelet says of an image that cannot be pulled. */
export interface FailedPull {
  readonly image: string
  readonly message: string
  /** What the step's status said before: the first try names the cause, and older kubelets tell it only once. */
  readonly lastMessage?: string | undefined
}

export interface PullProblem {
  readonly message: string
  /** Trying again cannot help. */
  readonly isDefinite: boolean
  /** Seconds it is given before the step fails; by isDefinite when left out. */
  readonly limitSeconds?: number
}

/** Some runtimes are stricter than kubelet and find out only when they pull. */
const invalidWords = /invalid reference format|failed to parse image reference/i
/** Registries that refuse for now, whatever else they say: Docker Hub speaks of "unauthenticated" pulls, others of "denied". */
const rateWords = /toomanyrequests|too many requests|status(?: code)?:? 429|(rate|pull) limit|rate exceeded/i
const missingWords = /not found|manifest unknown|name unknown|does not exist|no match for platform/i
const deniedWords = /unauthorized|authentication required|denied|forbidden|no basic auth/i

/** A wrong name or credential is told from a registry that is slow, away or wants fewer pulls; always in its own words. */
export function judgePull({ image, message, lastMessage }: FailedPull): PullProblem {
  if (invalidWords.test(message)) {
    return { message: `image "${image}" is not a valid name`, isDefinite: true, limitSeconds: 0 }
  }
  const start = `image "${image}" cannot be pulled`
  const words = findWords(message, image)
  if (words === '') return repeatLast(start, lastMessage)
  const verdict = describeCause(words)
  if (verdict === undefined) return { message: `${start}: ${words}`, isDefinite: false }
  return { message: `${start}: ${verdict.cause} (${words})`, isDefinite: verdict.isDefinite }
}

interface Cause {
  readonly cause: string
  readonly isDefinite: boolean
}

const causes = {
  rate: 'the registry takes no more pulls for now',
  either: 'it does not exist in the registry, or the registry denies access',
  missing: 'it does not exist in the registry',
  denied: 'the registry denies access',
} as const

function describeCause(words: string): Cause | undefined {
  if (rateWords.test(words)) return { cause: causes.rate, isDefinite: false }
  const [isMissing, isDenied] = [missingWords.test(words), deniedWords.test(words)]
  if (isMissing && isDenied) return { cause: causes.either, isDefinite: true }
  if (isMissing) return { cause: causes.missing, isDefinite: true }
  return isDenied ? { cause: causes.denied, isDefinite: true } : undefined
}

/** The back-off after a failed try may not say why it failed: what was told before stays. */
function repeatLast(start: string, lastMessage: string | undefined): PullProblem {
  if (lastMessage?.startsWith(start) !== true) return { message: start, isDefinite: false }
  const definite = [causes.either, causes.missing, causes.denied]
  return { message: lastMessage, isDefinite: definite.some((cause) => lastMessage.startsWith(`${start}: ${cause}`)) }
}

/** What the registry said, without the words that each layer puts before it. The image's name could hold any of the words looked for. */
function findWords(message: string, image: string): string {
  const cause = message.startsWith('Back-off') ? afterBackOff(message) : message
  return toSentence(dropName(stripPrefixes(cause), image), 300)
}

/** What follows `Back-off pulling image "x": ErrImagePull:`; kubelets before 1.31 say nothing there. */
function afterBackOff(message: string): string {
  const marker = 'ErrImagePull:'
  const at = message.indexOf(marker)
  return at < 0 ? '' : message.slice(at + marker.length)
}

/** Every layer of a container runtime puts its own words before the cause. */
const layer =
  /^(rpc error: code = \w+ desc = |failed to (pull and unpack|pull|resolve) (image|reference) "[^"]*": |failed to do request: )/

function stripPrefixes(message: string): string {
  let rest = message.trim()
  for (let found = layer.exec(rest); found !== null; found = layer.exec(rest)) rest = rest.slice(found[0].length)
  return rest
}

/** `registry/name:tag: not found` of `not found`; the runtime writes the name in full. */
function dropName(words: string, image: string): string {
  const [first = '', ...rest] = words.split(/(?<=:) /)
  return rest.length > 0 && first.endsWith(`${image}:`) ? rest.join(' ') : words
}
