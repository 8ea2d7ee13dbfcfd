import { stringify } from 'yaml'
import { isRecord } from '../../../crds/inspect.ts'
import type { DeployedSample } from '../../../deploy/sample/deploy.ts'
import { sampleUrls } from '../../../deploy/sample/render.ts'
import type { Manifest } from '../../helpers/cluster.ts'
import { parseExamples, readDocPage } from '../../helpers/doc-pages.ts'

const documents = parseExamples(readDocPage('docs/gitops.md')).flatMap((example) => example.documents)

/** Manifests of docs/gitops.md, with an image and a repository that the cluster under test can reach. */
export function readPageManifests(sample: DeployedSample): readonly Manifest[] {
  const text = JSON.stringify(documents.filter((document) => isRecord(document) && document['kind'] !== undefined))
    .replaceAll('busybox:1.37', sample.images['busybox'] ?? '')
    .replaceAll('https://github.com/example/web', sampleUrls.public)
    .replaceAll('7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', sample.commits.main)
  return JSON.parse(text) as Manifest[]
}

/** The objects of the page by these names, in this order. */
export function pick(manifests: readonly Manifest[], ...names: readonly string[]): readonly Manifest[] {
  return names.map((name) => {
    const found = manifests.find(({ kind, metadata }) => `${kind}/${metadata.name ?? metadata.generateName}` === name)
    if (found === undefined) throw new Error(`docs/gitops.md has no ${name}`)
    return found
  })
}

export interface AppOptions {
  readonly name: string
  readonly repoURL: string
  readonly path: string
  /** Where its objects go. */
  readonly namespace: string
  /** On the Application. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Beside those of the page. */
  readonly syncOptions?: readonly string[]
  /** How often a sync that failed is tried again; as on the page when left out. */
  readonly retries?: number
}

interface ApplicationShape extends Manifest {
  readonly spec: {
    readonly source: object
    readonly destination: object
    readonly syncPolicy: { readonly syncOptions: readonly string[]; readonly retry: object }
  }
}

/** The page's Application, for another repository. */
export function anApp(manifests: readonly Manifest[], options: AppOptions): Manifest {
  const { name, repoURL, path, namespace, annotations = {}, syncOptions = [], retries } = options
  const { spec, ...rest } = manifests.find(({ kind }) => kind === 'Application') as ApplicationShape
  const { source, destination, syncPolicy } = spec
  const retry = retries === undefined ? syncPolicy.retry : { ...syncPolicy.retry, limit: retries }
  return {
    ...rest,
    metadata: { name, annotations },
    spec: {
      ...spec,
      source: { ...source, repoURL, path },
      destination: { ...destination, namespace },
      syncPolicy: { ...syncPolicy, syncOptions: [...syncPolicy.syncOptions, ...syncOptions], retry },
    },
  }
}

export const toYaml = (...objects: readonly Manifest[]): string =>
  objects.map((object) => stringify(object)).join('---\n')

/** The object with other annotations in place of its own. */
export const annotated = (object: Manifest, annotations: Readonly<Record<string, string>>): Manifest => ({
  ...object,
  metadata: { ...object.metadata, annotations },
})

export const named = (object: Manifest, name: string): Manifest => ({
  ...object,
  metadata: { ...object.metadata, name },
})

/** As much of what is there as somebody wrote: fields that were not written are left out, lists are whole. */
export function readWritten(found: unknown, written: unknown): unknown {
  if (Array.isArray(written) && Array.isArray(found))
    return found.map((item, index) => (index < written.length ? readWritten(item, written[index]) : item))
  if (isRecord(written) && isRecord(found))
    return Object.fromEntries(
      Object.entries(written).flatMap(([key, value]) => (key in found ? [[key, readWritten(found[key], value)]] : [])),
    )
  return found
}
