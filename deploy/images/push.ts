import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow, runToEnd } from '../local/run.ts'
import type { StoredLayer } from './layer-store.ts'
import {
  type Document,
  type ImageConfig,
  renderImageConfig,
  renderIndex,
  renderManifest,
  toImageArchitecture,
} from './oci.ts'

/** An image that is complete: its documents and where its layers lie. */
export interface BuiltImage {
  config: Document
  manifest: Document
  layers: readonly StoredLayer[]
}

/** Where to push, and with what. */
export interface PushTarget {
  crane: string
  /** Host and port of the registry, then the image's name. */
  repository: string
  cache: string
}

export function assembleImage(config: ImageConfig, layers: readonly StoredLayer[]): BuiltImage {
  const document = renderImageConfig(config, layers, toImageArchitecture(process.arch))
  return { config: document, manifest: renderManifest(document, layers), layers }
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
    writeLayout(image, layout)
    const tagged = `${repository}:${toContentTag(digest)}`
    await runOrThrow(crane, ['push', '--insecure', layout, tagged])
    await runOrThrow(crane, ['tag', '--insecure', tagged, 'dev'])
  } finally {
    rmSync(layout, { recursive: true, force: true })
  }
  return true
}

/** Writes an image layout folder; its layers are links to the cache, so it takes no space. */
export function writeLayout(image: BuiltImage, folder: string): void {
  const blobs = join(folder, 'blobs', 'sha256')
  mkdirSync(blobs, { recursive: true })
  const toBlob = (digest: string): string => join(blobs, digest.replace('sha256:', ''))
  for (const document of [image.config, image.manifest]) writeFileSync(toBlob(document.digest), document.text)
  const layers = new Map(image.layers.map((layer) => [layer.digest, layer.tar]))
  for (const [digest, tar] of layers) linkSync(tar, toBlob(digest))
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(folder, 'index.json'), renderIndex(image.manifest))
}
