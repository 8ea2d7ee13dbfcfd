import { globSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { planFolders } from '../local/folders.ts'
import { ensureTool } from '../local/go-tools.ts'
import { withLock } from '../local/lock.ts'
import { createStderrProgress, type Progress } from '../local/progress.ts'
import { localRegistry } from '../local/settings.ts'
import { seedRepositories } from '../sample/seed.ts'
import type { ImageSources } from './file-layers.ts'
import { type ImageName, imageNames, imagesOnDemand, planImage } from './images.ts'
import { ensureLayer } from './layer-store.ts'
import { assembleImage, type BuiltImage } from './layout.ts'
import { pushImage, toContentTag, writeArchive } from './push.ts'

export interface BuildOptions {
  /** All images but those on demand when left out. */
  only?: readonly ImageName[]
  /** Host and port. */
  registry: string
  progress: Progress
}

export interface ArchiveOptions {
  only: readonly ImageName[]
  /** File to write. */
  path: string
  progress: Progress
}

/** Folders in the making, as layer-store.ts and push.ts name them. */
const draftPatterns = ['layers/.new-*', '.push-*', '.archive-*']

const usual = imageNames.filter((name) => !imagesOnDemand.includes(name))

/** Image name → reference. */
export type ImageReferences = Record<string, string>

/**
 * Builds the images that changed and pushes them, as `NAME:dev` and under a tag made from the content.
 * Answers each image's reference with its digest.
 */
export async function buildImages({ only = usual, registry, progress }: BuildOptions): Promise<ImageReferences> {
  const crane = await ensureTool('crane', progress)
  const sources = await gatherSources(only, progress)
  return withCache(progress, async (cache) => {
    const references: ImageReferences = {}
    for (const name of only) {
      const image = await buildImage(name, sources, { cache, progress })
      const isNew = await pushImage(image, { crane, repository: `${registry}/${name}`, cache })
      progress.say(`image ${name} (${toMegabytes(image)} MB): ${isNew ? 'pushed' : 'unchanged'}`)
      references[name] = `${registry}/${name}@${image.manifest.digest}`
    }
    return references
  })
}

/** Builds the images into an archive, for a cluster whose nodes are loaded rather than pull. Its references have a tag of the content. */
export async function archiveImages({ only, path, progress }: ArchiveOptions): Promise<ImageReferences> {
  const sources = await gatherSources(only, progress)
  return withCache(progress, async (cache) => {
    const images = new Map<string, BuiltImage>()
    const references: ImageReferences = {}
    for (const name of only) {
      const image = await buildImage(name, sources, { cache, progress })
      const reference = `${localRegistry.domain}/${name}:${toContentTag(image.manifest.digest)}`
      images.set(reference, image)
      references[name] = reference
    }
    await progress.during(`archive of ${only.join(', ')}`, () => writeArchive(images, cache, path))
    return references
  })
}

/** One build at a time on this machine: builds share the cache. */
function withCache<T>(progress: Progress, work: (cache: string) => Promise<T>): Promise<T> {
  const { cache } = planFolders(process.env)
  mkdirSync(cache, { recursive: true })
  const sayWaiting = (): void => progress.say('another build of images is at work; waiting for it')
  return withLock(join(cache, 'images.lock'), sayWaiting, () => {
    removeDrafts(cache)
    return work(cache)
  })
}

/** What a build that was killed left behind. */
function removeDrafts(cache: string): void {
  for (const path of globSync(draftPatterns, { cwd: cache }))
    rmSync(join(cache, path), { recursive: true, force: true })
}

/** Finds or makes what the named images need beside the checkout and Debian's packages. */
async function gatherSources(only: readonly ImageName[], progress: Progress): Promise<ImageSources> {
  const { cache } = planFolders(process.env)
  return {
    root: join(import.meta.dirname, '..', '..'),
    repositories: only.includes('git-server') ? (await seedRepositories(cache)).folder : '',
    gitea: only.includes('gitea') ? await ensureTool('gitea', progress) : '',
    architecture: process.arch,
  }
}

async function buildImage(name: ImageName, sources: ImageSources, work: ImageWork): Promise<BuiltImage> {
  const { config, layers } = planImage(name, sources)
  const stored = []
  for (const recipe of layers) stored.push(await ensureLayer(recipe, work.cache, work.progress))
  return assembleImage({ title: name, ...config }, stored)
}

interface ImageWork {
  cache: string
  progress: Progress
}

function toMegabytes({ layers }: BuiltImage): number {
  return Math.round(layers.reduce((sum, { size }) => sum + size, 0) / 1e6)
}

function isImageName(name: string): name is ImageName {
  return (imageNames as readonly string[]).includes(name)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { registry: { type: 'string' } } })
  const unknown = positionals.filter((name) => !isImageName(name))
  if (unknown.length > 0)
    throw new Error(`no image is called ${unknown.join(', ')}; there are ${imageNames.join(', ')}`)
  const only = positionals.length > 0 ? positionals.filter(isImageName) : usual
  const registry = values.registry ?? localRegistry.host
  const references = await buildImages({ only, registry, progress: createStderrProgress() })
  for (const reference of Object.values(references)) console.log(reference)
}

if (import.meta.main) await main()
