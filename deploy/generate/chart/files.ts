import { stringify } from 'yaml'
import { systemNamespace } from '../../../crds/labels.ts'
import { type InstallObject, listInstallObjects } from '../../install/manifests.ts'
import { profiles } from '../../install/profiles.ts'
import { defaultSettings } from '../../install/values/values.ts'
import type { GeneratedFile } from '../files.ts'
import { notice } from '../markdown.ts'
import { definitionTemplates } from './definitions.ts'
import { comment, renderConditional, renderTemplate } from './template.ts'
import { renderValuesFile, renderValuesSchema, renderValuesTable } from './values-file.ts'

const folder = 'deploy/chart'
const asYaml = (value: object) => `${comment}\n${stringify(value, { lineWidth: 120, version: '1.1' })}`

function renderChart(): string {
  const { tag } = defaultSettings.image
  return asYaml({
    apiVersion: 'v2',
    name: 'c8s',
    description: 'Continuous integration inside the Kubernetes API server',
    type: 'application',
    version: tag.slice(1),
    appVersion: tag,
    kubeVersion: '>=1.28.0-0',
  })
}

/** Which file of templates an object stands in. */
function toFileName({ object: { kind = '', metadata } }: InstallObject): string {
  if (/Role|ServiceAccount/.test(kind)) return 'access'
  if (/^(Issuer|Certificate)$/.test(kind)) return 'cert-manager'
  if (kind.endsWith('WebhookConfiguration')) return 'webhooks'
  if (/^(Namespace|PriorityClass)$/.test(kind)) return 'cluster'
  return (metadata.name ?? '').replace('c8s-', '')
}

function renderTemplates(objects: readonly InstallObject[]): string {
  const documents = objects.map(({ object, condition }) => renderConditional(renderTemplate(object), condition))
  return `${comment}\n${documents.map((lines) => lines.join('\n')).join('\n---\n')}\n`
}

const objects = () => Object.entries(Object.groupBy(listInstallObjects(), toFileName))

/** Where c8s is installed is part of whom its webhooks trust, so it cannot be chosen: docs/adr/0171. */
const helpers = `{{- /* Made by \`npm run generate\`; changes by hand are lost. */ -}}
{{- define "c8s.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end -}}
{{- end -}}
`
const check = `{{- /* Made by \`npm run generate\`; changes by hand are lost. */ -}}
{{- if ne .Release.Namespace "${systemNamespace}" }}
{{- fail (printf "c8s can only be installed in the namespace ${systemNamespace}, not in %s: helm install c8s … --namespace ${systemNamespace} --create-namespace" .Release.Namespace) }}
{{- end }}
`

const notes = `c8s {{ .Chart.AppVersion }} is being installed. It is ready when all Deployments are:

  kubectl -n ${systemNamespace} wait --for=condition=Available deployment --all --timeout=3m
{{- if not .Values.namespace.create }}

Its pods meet Pod Security "restricted"; let the namespace ask for it:

  kubectl label namespace ${systemNamespace} pod-security.kubernetes.io/enforce=restricted
{{- end }}
{{- if not .Values.crds.install }}

The CustomResourceDefinitions are not part of this release: apply deploy/crds.yaml of {{ .Chart.AppVersion }} first.
{{- end }}

The first pipeline: docs/first-pipeline.md. Let forges reach c8s-server: docs/exposing.md.
`

const readme = () =>
  [
    notice,
    '# Helm chart of c8s',
    'How to install, upgrade and uninstall: [docs/install.md](../../docs/install.md#helm). The templates are made from the objects of deploy/install; see docs/adr/0170.',
    '## Values',
    renderValuesTable(),
  ]
    .join('\n\n')
    .concat('\n')

/** The chart: deploy/chart. */
export const chartFiles: readonly GeneratedFile[] = [
  { path: `${folder}/Chart.yaml`, render: renderChart },
  { path: `${folder}/values.yaml`, render: renderValuesFile },
  { path: `${folder}/values.schema.json`, render: renderValuesSchema },
  { path: `${folder}/README.md`, render: readme },
  { path: `${folder}/templates/_image.tpl`, render: () => helpers },
  { path: `${folder}/templates/check.yaml`, render: () => check },
  { path: `${folder}/templates/NOTES.txt`, render: () => notes },
  ...definitionTemplates(folder),
  ...objects().map(([name, some = []]) => ({
    path: `${folder}/templates/${name}.yaml`,
    render: () => renderTemplates(some),
  })),
  ...profiles.map(({ name, overrides }) => ({
    path: `${folder}/values-${name}.yaml`,
    render: () => asYaml(overrides),
  })),
]
