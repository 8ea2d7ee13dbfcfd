import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Credential, PrivateFile } from './settings.ts'

/** Memory first, so that a key is on no disk; the root file system may be read-only. */
const places = (commitFile: string) => ['/dev/shm', tmpdir(), dirname(commitFile)]

/** A folder for this process alone. It must be removed before the step starts: the last place is shared with it. */
export function createPrivateFolder(commitFile: string): string {
  for (const place of places(commitFile)) {
    try {
      return mkdtempSync(join(place, 'c8s-clone-'))
    } catch (error) {
      if (place === dirname(commitFile)) throw error
    }
  }
  throw new Error('no place for temporary files')
}

export function writePrivateFiles(folder: string, files: readonly PrivateFile[]): void {
  for (const { name, text } of files) writeFileSync(join(folder, name), text, { mode: 0o600 })
}

export function removePrivateFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** A mounted Secret; a value in a file usually ends with a line feed that is no part of it. */
export function readCredential(directory: string | undefined): Credential {
  if (directory === undefined) return {}
  const read = (name: string) => {
    const path = join(directory, name)
    return existsSync(path) ? readFileSync(path, 'utf8').replace(/[\r\n]+$/, '') : undefined
  }
  const found = {
    username: read('username'),
    // One value for Git and for the API of the forge may stand under the API's name alone.
    password: read('password') ?? read('token'),
    sshKey: read('ssh-key'),
    knownHosts: read('known_hosts'),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined && value !== ''))
}
