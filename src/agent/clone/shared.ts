import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { CloneProblem } from './problem.ts'
import { withVolumeLock } from './volume-lock.ts'

/** A checkout for all steps of a run. */
export interface SharedCheckout {
  /** The whole volume, which only clones see. */
  readonly volume: string
  /** The folder of it that steps see as their workspace. */
  readonly workspace: string
  /** In full. */
  readonly commit: string
  /** Fills an empty folder with the files of the commit. */
  readonly checkOut: (folder: string) => Promise<void>
  readonly say: (line: string) => void
}

/** Readable by the group of the pods, and its files stay of that group, whoever makes them. */
const sharedMode = 0o2775

/**
 * Puts the commit into the shared workspace once: the first clone of the run does it, the others find it done and leave
 * alone what steps have made of it since. Git works in a folder that no step sees, so that what steps write (hooks, a
 * configuration of git) never meets the credential; its files are moved into the workspace when they are complete.
 */
export async function shareCheckout(shared: SharedCheckout): Promise<void> {
  const own = join(shared.volume, 'clone')
  makeFolder(shared.workspace, sharedMode)
  makeFolder(own, 0o700)
  if (isDone(own, shared.commit)) return shared.say('c8s: the workspace of the run holds the commit already\n')
  const onWait = () => shared.say('c8s: another step of the run is cloning into the workspace; waiting for it\n')
  await withVolumeLock(join(own, 'lock'), onWait, async () => {
    if (isDone(own, shared.commit)) return
    for (const name of readdirSync(own).filter((each) => each.startsWith(draftPrefix))) remove(join(own, name))
    const draft = mkdtempSync(join(own, draftPrefix))
    chmodSync(draft, sharedMode)
    await shared.checkOut(draft)
    moveInto(draft, { own, workspace: shared.workspace })
    writeWhole(join(own, marker), shared.commit)
    remove(draft)
  })
}

const draftPrefix = 'new-'
/** Holds the commit once all of it is in the workspace. */
const marker = 'commit'
/** Names of what is being moved: those a clone that was killed had begun with. */
const journal = 'moving'

function isDone(own: string, commit: string): boolean {
  const path = join(own, marker)
  if (!existsSync(path)) return false
  const found = readFileSync(path, 'utf8').trim()
  if (found === commit) return true
  throw new CloneProblem('CloneFailed', `the workspace of the run holds commit ${found} already, not ${commit}`)
}

/** What a step made before the repository was cloned is nobody's to overwrite. */
function moveInto(draft: string, { own, workspace }: { readonly own: string; readonly workspace: string }): void {
  const begun = new Set(existsSync(join(own, journal)) ? readFileSync(join(own, journal), 'utf8').split('\0') : [])
  const names = readdirSync(draft)
  const taken = names.find((name) => !begun.has(name) && exists(join(workspace, name)))
  if (taken !== undefined) {
    const message = `${taken} is in the workspace of the run already: let a step that clones run before those that do not`
    throw new CloneProblem('CloneFailed', message)
  }
  writeWhole(join(own, journal), names.join('\0'))
  for (const name of names) {
    remove(join(workspace, name))
    renameSync(join(draft, name), join(workspace, name))
  }
}

/** Also a link that leads nowhere. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path)
    // The umask takes bits away from what mkdir is told.
    chmodSync(path, mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

/** Whole or not at all. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.part`, text)
  renameSync(`${path}.part`, path)
}
