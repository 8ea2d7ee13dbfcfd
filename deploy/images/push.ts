import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow, runToEnd } from '../local/run.ts'
import { type BuiltImage, writeLayout } from './layout.ts'

/** Where to push, and with what. */
export interface PushTarget {
  crane: string
  /** Host and port of the registry, then the image's name. */
  repository: string
  cache: string
}

/** Tag that names exactly this content. */
export function toContentTag(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 16)
}

/** Pushes an image unless the registry's `dev` tag names it already; says whether it pushed. */
export async function pushImage(image: BuiltImage, { crane, repository, cache }: PushTarget): Promise<boolean> {
  const { digest } = image.manifest
  const present = await runToEnd(crane, ['digest', '--insecure', `${repository}:dev`])
  if (present.code === 0 && present.stdout.trim() === digest) return false
  const layout = mkdtempSync(join(cache, '.push-'))
  try {
    const reference = `${repository}:${toContentTag(digest)}`
    writeLayout(new Map([[reference, image]]), layout)
    await runOrThrow(crane, ['push', '--insecure', layout, reference])
    await runOrThrow(crane, ['tag', '--insecure', reference, 'dev'])
  } finally {
    rmSync(layout, { recursive: true, force: true })
  }
  return true
}

/** Writes the images into one archive, as `ctr images import` and `kind load image-archive` take it. */
export async function writeArchive(
  images: ReadonlyMap<string, BuiltImage>,
  cache: string,
  path: string,
): Promise<void> {
  const layout = mkdtempSync(join(cache, '.archive-'))
  try {
    writeLayout(images, layout)
    await runOrThrow('tar', ['--create', '--file', path, '--directory', layout, '.'])
  } finally {
    rmSync(layout, { recursive: true, force: true })
  }
}
