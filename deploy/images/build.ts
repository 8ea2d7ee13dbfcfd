import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { planFolders } from '../local/folders.ts'
import { ensureTool } from '../local/go-tools.ts'
import { withLock } from '../local/lock.ts'
import { createStderrProgress, type Progress } from '../local/progress.ts'
import { localRegistry } from '../local/settings.ts'
import { seedRepositories } from '../sample/seed.ts'
import { type ImageName, imageNames, planImage } from './images.ts'
import { ensureLayer } from './layer-store.ts'
import { assembleImage, pushImage } from './push.ts'

export interface BuildOptions {
  /** All images when left out. */
  only?: readonly ImageName[]
  /** Host and port. */
  registry: string
  progress: Progress
}

/**
 * Builds the images that changed and pushes them, as `NAME:dev` and under a tag made from the content.
 * Answers each image's reference with its digest.
 */
export async function buildImages({
  only = imageNames,
  registry,
  progress,
}: BuildOptions): Promise<Record<string, string>> {
  const { cache } = planFolders(process.env)
  mkdirSync(cache, { recursive: true })
  const crane = await ensureTool('crane', progress)
  const waiting = (): void => progress.say('another build of images is at work; waiting for it')
  return withLock(join(cache, 'images.lock'), waiting, async () => {
    const root = join(import.meta.dirname, '..', '..')
    const repositories = only.includes('git-server') ? (await seedRepositories(cache)).folder : ''
    const sources = { root, repositories, architecture: process.arch }
    const references: Record<string, string> = {}
    for (const name of only) {
      const { config, layers } = planImage(name, sources)
      const stored = []
      for (const recipe of layers) stored.push(await ensureLayer(recipe, cache, progress))
      const image = assembleImage({ title: name, ...config }, stored)
      const isNew = await pushImage(image, { crane, repository: `${registry}/${name}`, cache })
      const megabytes = Math.round(stored.reduce((sum, { size }) => sum + size, 0) / 1e6)
      progress.say(`image ${name} (${megabytes} MB): ${isNew ? 'pushed' : 'unchanged'}`)
      references[name] = `${registry}/${name}@${image.manifest.digest}`
    }
    return references
  })
}

function isImageName(name: string): name is ImageName {
  return (imageNames as readonly string[]).includes(name)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { registry: { type: 'string' } } })
  const unknown = positionals.filter((name) => !isImageName(name))
  if (unknown.length > 0)
    throw new Error(`no image is called ${unknown.join(', ')}; there are ${imageNames.join(', ')}`)
  const only = positionals.length > 0 ? positionals.filter(isImageName) : imageNames
  const registry = values.registry ?? localRegistry.host
  const references = await buildImages({ only, registry, progress: createStderrProgress() })
  for (const reference of Object.values(references)) console.log(reference)
}

if (import.meta.main) await main()
