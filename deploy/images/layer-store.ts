import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Progress } from '../local/progress.ts'
import { runOrThrow } from '../local/run.ts'
import { hashPath } from './files.ts'
import { type LayerRecipe, listSources, toLayerKey } from './layer.ts'
import type { LayerBlob } from './oci.ts'
import { fetchPackages, resolvePackages } from './resolve-packages.ts'
import { dropFiles, placeFile, unpackPackages } from './stage.ts'

/** A layer in the cache. */
export interface StoredLayer extends LayerBlob {
  /** Path of its tar file. */
  tar: string
}

/** Finds a layer in the cache, or makes it. */
export async function ensureLayer(recipe: LayerRecipe, cache: string, progress: Progress): Promise<StoredLayer> {
  const packages = recipe.packages ? await resolvePackages(recipe.packages, cache) : []
  const content = await hashSources(recipe)
  const key = toLayerKey(recipe, {
    packages: packages.map(({ file, size, checksum }) => `${file} ${size} ${checksum}`),
    content,
  })
  const folder = join(cache, 'layers', key)
  if (!existsSync(folder)) {
    await progress.during(`layer ${recipe.id}: building`, () => writeLayer(recipe, cache, folder))
  }
  const { digest, size } = JSON.parse(readFileSync(join(folder, 'layer.json'), 'utf8')) as LayerBlob
  return { id: recipe.id, digest, size, tar: join(folder, 'layer.tar') }
}

async function writeLayer(recipe: LayerRecipe, cache: string, folder: string): Promise<void> {
  mkdirSync(join(cache, 'layers'), { recursive: true })
  const work = mkdtempSync(join(cache, 'layers', '.new-'))
  const stage = join(work, 'root')
  // The modes within an image are no matter of who builds it.
  const umask = process.umask(0o022)
  mkdirSync(stage)
  try {
    if (recipe.packages) await unpackPackages(await fetchPackages(recipe.packages, cache), stage)
    dropFiles(stage, recipe.drop ?? [])
    for (const file of recipe.files ?? []) await placeFile(file, stage)
    chmodSync(stage, 0o755)
    await writeTar(stage, join(work, 'layer.tar'))
    const digest = `sha256:${await hashPath(join(work, 'layer.tar'))}`
    writeFileSync(join(work, 'layer.json'), JSON.stringify({ digest, size: statSync(join(work, 'layer.tar')).size }))
    rmSync(stage, { recursive: true, force: true })
    renameSync(work, folder)
  } finally {
    process.umask(umask)
    rmSync(work, { recursive: true, force: true })
  }
}

/** Names in order, one time and one owner for all: the same files give the same bytes. No program is setuid. */
async function writeTar(stage: string, tar: string): Promise<void> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=ug-s', '--format=gnu']
  await runOrThrow('tar', [...same, '--create', '--file', tar, '--directory', stage, '.'], { env: { LC_ALL: 'C' } })
}

async function hashSources(recipe: LayerRecipe): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {}
  for (const source of listSources(recipe)) {
    if (!existsSync(source)) {
      throw new Error(`layer ${recipe.id}: ${source} is missing; run npm ci, then npm run build, and try again`)
    }
    hashes[source] = await hashPath(source)
  }
  return hashes
}
