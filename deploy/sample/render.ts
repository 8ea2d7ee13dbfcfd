import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import type { GitCredentials } from './credentials.ts'

/** Namespace of the git server and of the example. */
export const demoNamespace = 'c8s-demo'

const host = `git-server.${demoNamespace}.svc`

/** URLs of the sample repositories, as pods reach them. */
export const sampleUrls = {
  public: `http://${host}/public/sample.git`,
  privateHttp: `http://${host}/private/sample.git`,
  privateSsh: `ssh://git@${host}/private/sample.git`,
} as const

/** An object as it is applied. */
export type SampleObject = KubeObject & Readonly<Record<string, unknown>>

/** Image name → the reference that the cluster pulls. */
export type ImageReferences = Readonly<Record<string, string>>

export type ManifestName = 'git-server' | 'pipeline' | 'run' | 'cycle' | 'connections' | 'forge-connection'

/** The objects of a file under manifests/, with the registry's references for the names of images. */
export function renderManifest(name: ManifestName, images: ImageReferences): SampleObject[] {
  return readManifest(join(import.meta.dirname, 'manifests', `${name}.yaml`), images)
}

/** The objects of a file, with the registry's references for the names of images. */
export function readManifest(path: string, images: ImageReferences): SampleObject[] {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'))
  return documents.map((document) => setImages(document.toJS(), images) as SampleObject)
}

/** One run of the example pipeline. */
export function renderRun(name: string, commit: string): SampleObject[] {
  return renderManifest('run', {}).map((run) => {
    const spec = run['spec'] as Record<string, unknown>
    return { ...run, metadata: { ...run.metadata, name }, spec: { ...spec, commit } }
  })
}

/** The git server with what it knows its users by. A change of the credentials restarts it. */
export function renderGitServer(images: ImageReferences, credentials: GitCredentials): SampleObject[] {
  const { username, password, hostKey, clientKey } = credentials
  const [namespace, ...rest] = renderManifest('git-server', images)
  const secrets = [
    renderSecret('git-server-http', demoNamespace, { username, password }),
    renderSecret('git-server-ssh', demoNamespace, {
      'host-key': hostKey.privateKey,
      'authorized-keys': `${clientKey.publicKey}\n`,
    }),
  ]
  return [namespace, ...secrets, ...rest.map((object) => markTemplate(object, credentials))].filter(
    (object) => object !== undefined,
  )
}

/** Secrets that clone the private repository, in the form that a RepositoryConnection's authSecretRef wants. */
export function renderAuthSecrets(credentials: GitCredentials, namespace: string): SampleObject[] {
  const { username, password, hostKey, clientKey } = credentials
  const names = ['git-server', `git-server.${demoNamespace}`, host, `${host}.cluster.local`]
  return [
    renderSecret('sample-git-password', namespace, { username, password }),
    renderSecret('sample-git-key', namespace, {
      'ssh-key': clientKey.privateKey,
      known_hosts: `${names.join(',')} ${hostKey.publicKey}\n`,
    }),
  ]
}

export function renderSecret(name: string, namespace: string, stringData: Record<string, string>): SampleObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', stringData }
}

/** Has a Deployment start new pods when what they read at their start is another. */
export function markTemplate(object: SampleObject, read: unknown): SampleObject {
  if (object.kind !== 'Deployment') return object
  const hash = createHash('sha256').update(JSON.stringify(read)).digest('hex').slice(0, 16)
  const spec = object['spec'] as { template: { metadata: object } }
  const metadata = { ...spec.template.metadata, annotations: { 'checksum/credentials': hash } }
  return { ...object, spec: { ...spec, template: { ...spec.template, metadata } } }
}

function setImages(value: unknown, images: ImageReferences): unknown {
  if (Array.isArray(value)) return value.map((item) => setImages(item, images))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => {
    const known = key === 'image' && typeof item === 'string' ? images[item] : undefined
    return [key, known ?? setImages(item, images)]
  })
  return Object.fromEntries(entries)
}
