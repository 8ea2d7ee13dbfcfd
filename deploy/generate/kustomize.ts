import { createPatch } from 'rfc6902'
import { stringify } from 'yaml'
import { kindDefinitions } from '../../crds/definitions.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { renderInstall } from '../install/manifests.ts'
import { type Profile, profiles } from '../install/profiles.ts'
import type { GeneratedFile } from './files.ts'
import { renderYaml } from './yaml.ts'

const folder = 'deploy/kustomize'

interface Kustomization {
  readonly resources: readonly string[]
  readonly patches?: readonly object[]
}

const renderKustomization = (kustomization: Kustomization) =>
  renderYaml([{ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...kustomization }])

const toKey = ({ kind, metadata: { namespace, name } }: KubeObject) => `${kind}/${namespace ?? ''}/${name}`

/** How an overlay makes its objects of those of the base. */
interface Difference {
  readonly added: readonly KubeObject[]
  readonly patches: readonly object[]
}

function toTarget({ apiVersion = '', kind, metadata: { name, namespace } }: KubeObject): object {
  const [version, group] = apiVersion.split('/').toReversed()
  const place = namespace === undefined ? {} : { namespace }
  return { ...(group === undefined ? {} : { group }), version, kind, name, ...place }
}

/** Objects are changed and added; no profile takes one away. */
function compare(base: readonly KubeObject[], wanted: readonly KubeObject[]): Difference {
  const known = new Map(base.map((object) => [toKey(object), object]))
  const patches = wanted.flatMap((object) => {
    const operations = createPatch(known.get(toKey(object)) ?? object, object)
    return operations.length === 0 ? [] : [{ target: toTarget(object), patch: stringify(operations) }]
  })
  return { added: wanted.filter((object) => !known.has(toKey(object))), patches }
}

function listOverlayFiles({ name, overrides }: Profile): readonly GeneratedFile[] {
  const path = `${folder}/overlays/${name}`
  const { added, patches } = compare(renderInstall(), renderInstall(overrides))
  const resources = ['../../base', ...(added.length > 0 ? ['added.yaml'] : [])]
  return [
    { path: `${path}/kustomization.yaml`, render: () => renderKustomization({ resources, patches }) },
    ...(added.length > 0 ? [{ path: `${path}/added.yaml`, render: () => renderYaml(added) }] : []),
  ]
}

/** The base with the kinds, and an overlay for each profile. Kustomize reads no file outside a folder, but other folders. */
export const kustomizeFiles: readonly GeneratedFile[] = [
  {
    path: 'crds/yaml/kustomization.yaml',
    render: () => {
      const resources = [...kindDefinitions.map(({ plural }) => `${plural}.yaml`), 'run-policy.yaml']
      return renderKustomization({ resources })
    },
  },
  {
    path: `${folder}/base/kustomization.yaml`,
    render: () => renderKustomization({ resources: ['../../../crds/yaml', 'install.yaml'] }),
  },
  { path: `${folder}/base/install.yaml`, render: () => renderYaml(renderInstall()) },
  ...profiles.flatMap(listOverlayFiles),
]
