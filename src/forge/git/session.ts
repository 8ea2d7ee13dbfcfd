import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { maskText, toSecrets } from '../../git/mask.ts'
import type { GitRunner } from '../../git/run.ts'
import { type Credential, planGitEnvironment, planPrivateFiles } from '../../git/settings.ts'
import type { Timers } from '../../kube/timers.ts'
import type { RepositoryUrl } from '../../lib/repository.ts'
import { createSlots, type Slots } from '../slots.ts'
import { type AddressDeps, findAddresses } from './address.ts'
import { toForgeError } from './errors.ts'

export interface GitForgeDeps extends AddressDeps {
  readonly timers: Timers
  /** A folder that can be written, such as /tmp; its contents are a credential's for moments. */
  readonly temporaryFolder: string
  /** Milliseconds that one question may take, 4,000 when left out. */
  readonly deadlineMs?: number
}

export interface GitRepositoryAccess {
  /** Namespace of the connection: a server of one that hangs is not to hold up the others. */
  readonly party: string
  /** As the connection has it. */
  readonly repository: string
  readonly url: RepositoryUrl
  readonly credential: Credential
}

export interface GitSession {
  readonly runner: GitRunner
  /** Empty, for this session alone. */
  readonly folder: string
}

/** Runs questions to Git servers, a few at once, each in a folder of its own and with a deadline. */
export interface GitSessions {
  /** `asked` follows "cannot" in the error. Throws ForgeError. */
  run<T>(access: GitRepositoryAccess, asked: string, work: (session: GitSession) => Promise<T>): Promise<T>
}

/** Processes of git and what they hold in memory and in the temporary folder. */
const atOnce = 8
const atOnceOfNamespace = 5
const atOnceOfHost = 3
const defaultDeadlineMs = 4000
/** Of a file, in the memory of git; the largest that is read has half of it. */
const mostHeldBytes = 2 << 20
const folderPrefix = 'c8s-git-'
/** Far more than any session takes: what is older was left by a process that was killed. */
const leftoverMs = 600_000

export function createGitSessions(deps: GitForgeDeps): GitSessions {
  const slots = {
    hosts: createSlots(Number.POSITIVE_INFINITY, atOnceOfHost),
    all: createSlots(atOnce, atOnceOfNamespace),
  }
  let swept: Promise<void> | undefined
  return {
    async run(access, asked, work) {
      const secrets = toSecrets(access.credential)
      try {
        // A folder that cannot be listed cannot be used either, and that error says more.
        swept ??= sweepLeftovers(deps.temporaryFolder).catch(() => undefined)
        await swept
        return await runSession({ deps, slots }, access, work)
      } catch (error) {
        throw toForgeError(error, asked, (text) => maskText(secrets, text))
      }
    },
  }
}

interface Shell {
  readonly deps: GitForgeDeps
  readonly slots: GitSlots
}

interface GitSlots {
  readonly hosts: Slots
  readonly all: Slots
}

/** The host's first: who waits for a server that hangs takes no place away from the others meanwhile. */
async function takeSlots(
  { hosts, all }: GitSlots,
  { party, url }: GitRepositoryAccess,
  signal: AbortSignal,
): Promise<() => void> {
  const leaveHost = await hosts.take(signal, url.host.toLowerCase())
  try {
    const leaveAll = await all.take(signal, party)
    return () => {
      leaveAll()
      leaveHost()
    }
  } catch (error) {
    leaveHost()
    throw error
  }
}

async function runSession<T>(
  { deps, slots }: Shell,
  access: GitRepositoryAccess,
  work: (session: GitSession) => Promise<T>,
): Promise<T> {
  const { timers, temporaryFolder, deadlineMs = defaultDeadlineMs } = deps
  const abort = new AbortController()
  const cancel = timers.after(deadlineMs, () => abort.abort(`it took longer than ${deadlineMs / 1000} s`))
  const giveBack = await takeSlots(slots, access, abort.signal)
  const place = await mkdtemp(join(temporaryFolder, folderPrefix))
  try {
    const addresses = await untilAborted(findAddresses(deps, access.url), abort.signal)
    return await work(await openSession({ deps, place, addresses, signal: abort.signal }, access))
  } finally {
    cancel()
    await rm(place, { recursive: true, force: true })
    giveBack()
  }
}

interface Opening {
  readonly deps: GitForgeDeps
  readonly place: string
  readonly addresses: readonly string[]
  readonly signal: AbortSignal
}

async function openSession(
  { deps, place, addresses, signal }: Opening,
  { url, credential }: GitRepositoryAccess,
): Promise<GitSession> {
  const [home, folder] = [join(place, 'home'), join(place, 'repository')]
  await Promise.all([mkdir(home, { mode: 0o700 }), mkdir(folder, { mode: 0o700 })])
  const files = planPrivateFiles(home, { url, credential, addresses, followsRedirects: false, mostHeldBytes })
  await Promise.all(files.map(({ name, text }) => writeFile(join(home, name), text, { mode: 0o600 })))
  const environment = planGitEnvironment(home, deps.environment)
  // No second try: whoever asked comes back, and knows when.
  return { folder, runner: { environment, signal, say: () => undefined, pauses: [] } }
}

/** A name that takes long to resolve holds nothing up. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(String(signal.reason)))
    if (signal.aborted) fail()
    signal.addEventListener('abort', fail, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', fail))
  })
}

async function sweepLeftovers(temporaryFolder: string): Promise<void> {
  const names = await readdir(temporaryFolder)
  for (const name of names.filter((found) => found.startsWith(folderPrefix))) {
    const path = join(temporaryFolder, name)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > leftoverMs) await rm(path, { recursive: true, force: true })
  }
}
