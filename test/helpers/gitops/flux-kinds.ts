import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { type KubectlTarget, kubectl, tryKubectl } from '../../../deploy/install/kubectl.ts'
import type { KubeObject } from '../../../src/lib/kubernetes.ts'
import { eventually } from '../eventually.ts'

export const fluxKinds = {
  kustomization: 'kustomizations.kustomize.toolkit.fluxcd.io',
  gitRepository: 'gitrepositories.source.toolkit.fluxcd.io',
} as const

/** Tells the kinds that a test brought from those of a Flux that is at home in the cluster. */
const mark = { 'c8s.dev/test': 'flux' }
const marked = 'c8s.dev/test=flux'

/** Kinds of Flux, from the module that kustomize-controller was built from. Throws where the cluster has a Flux of its own. */
export async function installFluxKinds(target: KubectlTarget, binary: string): Promise<void> {
  removeFluxKinds(target)
  const found = tryKubectl(target, ['get', 'crd', fluxKinds.kustomization, '-o', 'name'])
  if (found.code === 0) throw new Error('this cluster has a Flux of its own: take another cluster for the tests')
  const paths = globSync('files/config/crd/bases/*.yaml', { cwd: dirname(binary) })
  const items = paths.map((path) => {
    const crd = parse(readFileSync(join(dirname(binary), path), 'utf8')) as KubeObject
    return { ...crd, metadata: { ...crd.metadata, labels: mark } }
  })
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  kubectl(target, ['apply', '--server-side', '-f', '-'], list)
  const wait = ['wait', '--for=condition=Established', '--timeout=30s', 'crd', '-l', marked]
  // For a moment they have no conditions at all, and kubectl takes that for an error.
  await eventually("Flux's kinds", async () => tryKubectl(target, wait).code === 0 || undefined, 60)
}

/** Takes along what is left of them, also after a run of the tests that was cut short: nobody is there to finalize it. */
export function removeFluxKinds(target: KubectlTarget): void {
  const names = kubectl(target, ['get', 'crd', '-l', marked, '-o', 'name'])
  if (names === '') return
  if (names.includes(fluxKinds.kustomization)) releaseKustomizations(target)
  kubectl(target, ['delete', 'crd', '-l', marked, '--timeout=60s'])
}

function releaseKustomizations(target: KubectlTarget): void {
  const path = '{range .items[*]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}'
  const listed = kubectl(target, ['get', fluxKinds.kustomization, '-A', '-o', `jsonpath=${path}`])
  for (const [namespace = '', name = ''] of listed
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('/'))) {
    const patch = JSON.stringify({ metadata: { finalizers: null } })
    tryKubectl(target, ['-n', namespace, 'patch', fluxKinds.kustomization, name, '--type=merge', '-p', patch])
  }
}
