import { isAnyGlobMatch, isGlobMatch } from '../../src/lib/glob.ts'

/** An image reference in full, as a container runtime reads it. */
export interface ImageName {
  /** Host, with port where one is given: docker.io, ghcr.io, localhost:5000. */
  readonly registry: string
  /** Registry and path: docker.io/library/node. */
  readonly repository: string
  /** Absent where there is a digest: then runtimes pay no heed to a tag. */
  readonly tag?: string
  readonly digest?: string
}

const path = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const host = '[A-Za-z0-9](?:[-.A-Za-z0-9]*[A-Za-z0-9])?(?::[0-9]+)?|\\[[0-9A-Fa-f:]+\\](?::[0-9]+)?'
const reference = new RegExp(
  `^((?:(?:${host})/)?${path}(?:/${path})*)(?::([A-Za-z0-9_][-.\\w]{0,127}))?(?:@([A-Za-z][\\w+.-]*:[0-9a-f]{32,}))?$`,
)
const defaultRegistry = 'docker.io'

/** `node` is docker.io/library/node:latest. Undefined for what is no reference. */
export function parseImage(image: string): ImageName | undefined {
  const [, name, tag = 'latest', digest] = reference.exec(image) ?? []
  if (name === undefined) return undefined
  const { registry, rest } = splitRegistry(name)
  const isOfficial = registry === defaultRegistry && !rest.includes('/')
  const repository = `${registry}/${isOfficial ? `library/${rest}` : rest}`
  return digest === undefined ? { registry, repository, tag } : { registry, repository, digest }
}

/** A first part is a host when it cannot be the name of a repository: github.com/distribution/reference. */
function splitRegistry(name: string): { readonly registry: string; readonly rest: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(slash, 0))
  if (!isHost(first)) return { registry: defaultRegistry, rest: name }
  const registry = first.toLowerCase()
  return { registry: registry === 'index.docker.io' ? defaultRegistry : registry, rest: name.slice(slash + 1) }
}

/** Whether a reference, or a glob over references, begins with a registry. */
export function isHost(part: string): boolean {
  return part === 'localhost' || /[.:[]/.test(part) || part !== part.toLowerCase()
}

export function renderImage({ repository, tag, digest }: ImageName): string {
  return digest === undefined ? `${repository}:${tag ?? 'latest'}` : `${repository}@${digest}`
}

/** A glob that has a tag or digest of its own is held against the whole reference, another against the repository. */
export function isImageAllowed(globs: readonly string[], image: ImageName): boolean {
  return globs.some((glob) => isGlobMatch(glob, hasTag(glob) ? renderImage(image) : image.repository))
}

export function isRegistryAllowed(globs: readonly string[], { registry }: ImageName): boolean {
  return isAnyGlobMatch(globs, registry)
}

function hasTag(glob: string): boolean {
  return glob.includes('@') || glob.slice(glob.lastIndexOf('/') + 1).includes(':')
}
