import type { PipelineRun } from '../../../crds/kinds.ts'
import { aRun, aStep, type Manifest, TestCluster } from '../cluster.ts'
import { readDocInput } from '../doc-input.ts'
import { type Flux, type Kustomization, startFlux } from './flux.ts'

const page = 'docs/gitops.md'

interface Likeness {
  /** Name of the Kustomization of the page that it is as. */
  readonly like?: string
  /** Fields of its spec that differ. */
  readonly change?: object
}

/** A namespace with Flux and what docs/gitops.md has for it. */
export class FluxCluster extends TestCluster {
  #flux: Flux | undefined

  get flux(): Flux {
    if (this.#flux === undefined) throw new Error('Flux is not started')
    return this.#flux
  }

  async start(): Promise<void> {
    this.createNamespace()
    this.#flux = await startFlux({ target: this.target, namespace: this.namespace })
  }

  async stop(): Promise<void> {
    await this.#flux?.stop()
    this.removeNamespace()
  }

  /** An object of the page; Flux's own are in the namespace of the test, and try again sooner. */
  find(kind: string, name: string): Manifest {
    const found = readDocInput(page, this).find((each) => each.kind === kind && each.metadata.name === name)
    if (found === undefined) throw new Error(`${page} has no ${kind} "${name}"`)
    if (kind !== 'Kustomization' && kind !== 'GitRepository') return found
    const { namespace: _namespace, ...metadata } = found.metadata
    const spec = found['spec'] as object
    const near = kind === 'Kustomization' ? { targetNamespace: this.namespace, retryInterval: '5s' } : {}
    return { ...found, metadata, spec: { ...spec, ...near } }
  }

  /** A Kustomization that applies all of a source of its own; answers the first revision. */
  deploy(name: string, objects: readonly Manifest[], { like = 'runs', change = {} }: Likeness = {}): string {
    const source = this.find('GitRepository', 'team-ci')
    const { dependsOn: _dependsOn, ...spec } = this.find('Kustomization', like)['spec'] as Record<string, unknown>
    const own = { ...spec, path: './', sourceRef: { kind: 'GitRepository', name }, ...change }
    this.apply(
      { ...source, metadata: { name } },
      { ...this.find('Kustomization', like), metadata: { name }, spec: own },
    )
    return this.commit(name, objects)
  }

  /** What Git has from now on, a file for each object. */
  commit(name: string, objects: readonly Manifest[]): string {
    return this.flux.publish(name, { files: Object.fromEntries(objects.map((each, i) => [`${i}.yaml`, toText(each)])) })
  }

  patchFlux(name: string, spec: object): void {
    this.run('patch', 'kustomizations.kustomize.toolkit.fluxcd.io', name, '--type=merge', '-p', toText({ spec }))
  }

  /** A run of one step without a clone, which may last for as long as a test does. */
  runOf(name: string, command: string): Manifest {
    const { images, commits } = this.sample
    const step = { ...aStep('only', images['busybox'] ?? '', command), clone: false, timeout: '10m' }
    return aRun(name, commits.main, { repository: 'https://github.com/example/web', steps: [step] })
  }

  tryGetRun(name: string): PipelineRun | undefined {
    const { stdout } = this.try('get', 'pipelineruns.c8s.dev', name, '-o', 'json', '--ignore-not-found')
    return stdout === '' ? undefined : (JSON.parse(stdout) as PipelineRun)
  }

  /** Objects of the kinds, whole. */
  list(kinds: string, ...args: readonly string[]): readonly Manifest[] {
    const { items } = JSON.parse(this.run('get', kinds, '-o', 'json', '--show-managed-fields', ...args)) as {
      items: Manifest[]
    }
    return items
  }
}

/** JSON is YAML. */
const toText = (value: unknown) => JSON.stringify(value, null, 2)

/** kind/name of what Flux holds to be of the Kustomization. */
export function listInventory({ status }: Kustomization): readonly string[] {
  const entries = status?.inventory?.entries ?? []
  return entries
    .map(({ id }) => id.split('_'))
    .map(([, name, , kind]) => `${kind}/${name}`)
    .toSorted()
}
