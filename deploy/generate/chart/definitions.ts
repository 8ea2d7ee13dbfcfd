import { stringify } from 'yaml'
import { type KindDefinition, kindDefinitions, renderDefinition } from '../../../crds/definitions.ts'
import { renderRunPolicy } from '../../../crds/run-policy.ts'
import { newServer, oldServer, type ServerAbilities } from '../../../crds/server-abilities.ts'
import type { GeneratedFile } from '../files.ts'
import { comment, escapeActions } from './template.ts'

const kubeVersion = '.Capabilities.KubeVersion.Version'
const onNew = `semverCompare ">=1.30.0-0" ${kubeVersion}`
const onOld = `semverCompare "<1.30.0-0" ${kubeVersion}`

/** Lines of a manifest. It says itself that Helm shall keep it. */
function renderLines(manifest: object): readonly string[] {
  return escapeActions(stringify(manifest, { aliasDuplicateObjects: false, lineWidth: 120 }))
    .trimEnd()
    .split('\n')
}

const limit = (test: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : [`{{- if ${test} }}`, ...lines, '{{- end }}']

interface Insertion {
  /** Before which of the common lines. */
  readonly at: number
  readonly lines: readonly string[]
}

/** The one block of lines that `more` has and `common` has not. */
export function findInsertion(common: readonly string[], more: readonly string[]): Insertion {
  const differing = common.findIndex((line, index) => line !== more[index])
  const at = differing === -1 ? common.length : differing
  const lines = more.slice(at, at + more.length - common.length)
  const rest = more.slice(at + lines.length)
  if (common.slice(at).join('\n') !== rest.join('\n')) throw new Error('the two differ in more than one block of lines')
  return { at, lines }
}

/** What only new servers know, and what only old ones need, each for these alone. */
function renderDefinitionTemplate(definition: KindDefinition): string {
  const render = (abilities: ServerAbilities) => renderLines(renderDefinition(definition, abilities))
  const common = render({ ...newServer, knowsSelectableFields: false })
  const parts = [
    { test: onNew, ...findInsertion(common, render(newServer)) },
    { test: onOld, ...findInsertion(common, render(oldServer)) },
  ]
  const lines = parts
    .toSorted((a, b) => b.at - a.at)
    .reduce((all, { test, at, lines: own }) => all.toSpliced(at, 0, ...limit(test, own)), common)
  return `${[comment, ...limit('.Values.crds.install', lines)].join('\n')}\n`
}

function renderPolicyTemplate(): string {
  const lines = renderRunPolicy().flatMap((object, index) => [...(index === 0 ? [] : ['---']), ...renderLines(object)])
  return `${[comment, ...limit(`and .Values.crds.install (${onNew})`, lines)].join('\n')}\n`
}

/** Templates of the kinds and of the policy beside them. */
export const definitionTemplates = (folder: string): readonly GeneratedFile[] => [
  ...kindDefinitions.map((definition) => ({
    path: `${folder}/templates/crd-${definition.plural}.yaml`,
    render: () => renderDefinitionTemplate(definition),
  })),
  { path: `${folder}/templates/run-policy.yaml`, render: renderPolicyTemplate },
]
