import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { planFolders } from '../../deploy/local/folders.ts'

/** The static busybox that the image of c8s carries, fetched once with apt and kept beside the cluster's binaries. */
export function ensureBusybox(): string {
  const folder = join(planFolders(process.env).cache, 'busybox-static')
  const busybox = join(folder, 'bin/busybox')
  if (existsSync(busybox)) return busybox
  mkdirSync(join(folder, '..'), { recursive: true })
  const work = mkdtempSync(`${folder}-`)
  try {
    download(work)
    const [archive] = globSync('*.deb', { cwd: work })
    if (archive === undefined) throw new Error('apt-get download busybox-static left no package')
    execFileSync('dpkg-deb', ['-x', join(work, archive), join(work, 'files')])
    if (!existsSync(folder)) renameSync(join(work, 'files'), folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return busybox
}

function download(folder: string): void {
  const apt = (...args: string[]) => execFileSync('apt-get', ['-qq', ...args], { cwd: folder, stdio: 'pipe' })
  try {
    apt('download', 'busybox-static')
  } catch {
    // A machine whose lists of packages were never fetched, or are out of date.
    apt('update')
    apt('download', 'busybox-static')
  }
}
