import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow, runToEnd } from '../local/run.ts'
import { type PackageFile, parsePackageFiles, planAptArguments, renderPackageStatus } from './debian-packages.ts'
import type { DebianPackages } from './layer.ts'

const listsFolder = '/var/lib/apt/lists'

/**
 * The package files that a layer consists of, in the versions that apt's lists name now. Asking apt
 * takes half a second, so the answer is kept for as long as the lists stay as they are.
 */
export async function resolvePackages(packages: DebianPackages, cache: string): Promise<PackageFile[]> {
  const folder = join(cache, 'resolved')
  const kept = join(folder, `${toHash(JSON.stringify([packages, readListsState()]))}.json`)
  const known = readKept(kept)
  if (known) return known
  const below = packages.below ? await resolvePackages(packages.below, cache) : []
  const all = await askApt(packages, cache)
  const files = all.filter(({ file }) => !below.some((lower) => lower.file === file))
  mkdirSync(folder, { recursive: true })
  writeFileSync(kept, JSON.stringify(files))
  return files
}

/** Downloads the package files that are not in the cache yet; answers their paths. */
export async function fetchPackages(packages: DebianPackages, cache: string): Promise<string[]> {
  const archives = join(cache, 'archives')
  mkdirSync(join(archives, 'partial'), { recursive: true })
  const apt = [...planAptArguments(writeStatus(packages, cache), archives), '--download-only', 'install']
  const first = await runToEnd('apt-get', [...apt, ...packages.install])
  if (first.code !== 0) {
    await runOrThrow('apt-get', ['-qq', 'update'])
    await runOrThrow('apt-get', [...apt, ...packages.install])
  }
  const files = await resolvePackages(packages, cache)
  return files.map(({ file }) => join(archives, file))
}

/** What apt would fetch into an empty archive folder: all that an empty root file system lacks. */
async function askApt(packages: DebianPackages, cache: string): Promise<PackageFile[]> {
  const empty = join(cache, 'resolved', 'no-archives')
  mkdirSync(join(empty, 'partial'), { recursive: true })
  const apt = [...planAptArguments(writeStatus(packages, cache), empty), '--print-uris', 'install', ...packages.install]
  const first = await runToEnd('apt-get', apt)
  if (first.code === 127) {
    throw new Error('apt-get is missing: images are made of Debian packages, so they are built on Debian or Ubuntu')
  }
  if (first.code === 0) return parsePackageFiles(first.stdout)
  await runOrThrow('apt-get', ['-qq', 'update'])
  return parsePackageFiles(await runOrThrow('apt-get', apt))
}

function writeStatus(packages: DebianPackages, cache: string): string {
  const folder = join(cache, 'resolved', toHash(JSON.stringify(packages.assume)))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'status'), renderPackageStatus(packages))
  return folder
}

function readKept(path: string): PackageFile[] | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PackageFile[]
  } catch {
    return undefined
  }
}

function readListsState(): string[] {
  return readdirSync(listsFolder)
    .filter((name) => name.includes('_Packages'))
    .sort()
    .map((name) => `${name} ${statSync(join(listsFolder, name)).mtimeMs}`)
}

function toHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
