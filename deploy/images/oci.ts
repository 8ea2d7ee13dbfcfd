import { createHash } from 'node:crypto'

/** A layer as a manifest names it. */
export interface LayerBlob {
  id: string
  digest: string
  /** In bytes. */
  size: number
}

/** How containers of an image start. */
export interface ImageConfig {
  title: string
  description: string
  user?: string
  env?: Readonly<Record<string, string>>
  entrypoint?: readonly string[]
  command?: readonly string[]
  workingDir?: string
}

/** A JSON document of an image, with the name its content gives it. */
export interface Document {
  mediaType: string
  digest: string
  text: string
}

const mediaTypes = {
  config: 'application/vnd.oci.image.config.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  // Not compressed: the registry is on this machine, and compressing Node's binary takes 4 s of a core.
  layer: 'application/vnd.oci.image.layer.v1.tar',
  index: 'application/vnd.oci.image.index.v1+json',
} as const

/** Fixed, so that the same content has the same digest whenever it is built. */
const created = '1970-01-01T00:00:00Z'

/** Go's names for the processors that Node runs on. */
export function toImageArchitecture(nodeArchitecture: string): string {
  return nodeArchitecture === 'x64' ? 'amd64' : nodeArchitecture
}

/** The image's configuration. A layer that is not compressed has one digest for both of its names. */
export function renderImageConfig(image: ImageConfig, layers: readonly LayerBlob[], architecture: string): Document {
  return toDocument(mediaTypes.config, {
    created,
    architecture,
    os: 'linux',
    config: {
      ...(image.user && { User: image.user }),
      Env: Object.entries(image.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ...(image.entrypoint && { Entrypoint: image.entrypoint }),
      ...(image.command && { Cmd: image.command }),
      ...(image.workingDir && { WorkingDir: image.workingDir }),
      Labels: {
        'org.opencontainers.image.description': image.description,
        'org.opencontainers.image.title': image.title,
      },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(({ id }) => ({ created, created_by: `layer ${id}` })),
  })
}

export function renderManifest(config: Document, layers: readonly LayerBlob[]): Document {
  return toDocument(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: toDescriptor(config),
    layers: layers.map(({ digest, size }) => ({ mediaType: mediaTypes.layer, digest, size })),
  })
}

/** The entry file of an image layout folder. The first annotation is the standard's, the second is what containerd reads. */
export function renderIndex(manifests: ReadonlyMap<string, Document>): string {
  const entries = [...manifests].map(([reference, manifest]) => ({
    ...toDescriptor(manifest),
    annotations: { 'org.opencontainers.image.ref.name': reference, 'io.containerd.image.name': reference },
  }))
  return JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: entries })
}

function toDescriptor({ mediaType, digest, text }: Document): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest, size: Buffer.byteLength(text) }
}

function toDocument(mediaType: string, value: object): Document {
  const text = JSON.stringify(value)
  return { mediaType, digest: `sha256:${createHash('sha256').update(text).digest('hex')}`, text }
}
