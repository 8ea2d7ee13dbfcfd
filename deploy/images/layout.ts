import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
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

export function assembleImage(config: ImageConfig, layers: readonly StoredLayer[]): BuiltImage {
  const document = renderImageConfig(config, layers, toImageArchitecture(process.arch))
  return { config: document, manifest: renderManifest(document, layers), layers }
}

/**
 * Writes an image layout folder with all the images, each under its reference. Its layers are links to the cache, so it
 * takes no space; it must lie on the cache's file system.
 */
export function writeLayout(images: ReadonlyMap<string, BuiltImage>, folder: string): void {
  const blobs = join(folder, 'blobs', 'sha256')
  mkdirSync(blobs, { recursive: true })
  const toBlob = (digest: string): string => join(blobs, digest.replace('sha256:', ''))
  const all = [...images.values()]
  for (const { digest, text } of all.flatMap(({ config, manifest }) => [config, manifest])) {
    writeFileSync(toBlob(digest), text)
  }
  const layers = new Map(all.flatMap((image) => image.layers.map(({ digest, tar }) => [digest, tar])))
  for (const [digest, tar] of layers) linkSync(tar, toBlob(digest))
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const manifests = new Map([...images].map(([reference, { manifest }]) => [reference, manifest]))
  writeFileSync(join(folder, 'index.json'), renderIndex(manifests))
}
