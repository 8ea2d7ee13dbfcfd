import { stringify } from 'yaml'
import { group } from '../../crds/labels.ts'
import type { KindScripts } from './scripts.ts'

const key = (setting: string, groupKind: string) => `resource.customizations.${setting}.${groupKind}`
const ours = (kind: string) => `${group}_${kind}`

/** A text that is YAML itself. Scripts stay as they are written, line for line. */
const renderText = (value: object) => stringify(value, { blockQuote: 'literal', lineWidth: 0 })

/** A patch of Argo CD's settings: keys that it does not name stay as they are. */
function renderSettings(data: Readonly<Record<string, string>>): object {
  const metadata = { name: 'argocd-cm', labels: { 'app.kubernetes.io/part-of': 'argocd' } }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
}

/** Health and actions of the kinds, as Argo CD reads them. `read` gives the text of a file. */
function listScripts(kinds: readonly KindScripts[], read: (file: string) => string): Record<string, string> {
  const join = (files: readonly string[]) => files.map(read).join('')
  const entries = kinds.flatMap(({ kind, health, actions }) => [
    ...(health === undefined ? [] : [[key('health', ours(kind)), read(health)]]),
    ...(actions === undefined ? [] : [[key('actions', ours(kind)), renderActions(actions, join)]]),
  ])
  return Object.fromEntries(entries) as Record<string, string>
}

function renderActions(
  { discovery, definitions }: NonNullable<KindScripts['actions']>,
  join: (files: readonly string[]) => string,
): string {
  const named = Object.entries(definitions).map(([name, files]) => ({ name, 'action.lua': join(files) }))
  return renderText({ 'discovery.lua': join(discovery), definitions: named })
}

/** Health of the three kinds, what persons may do to them, and that a run's progress alone is no reason to look at the app anew. */
export function renderArgoSettings(kinds: readonly KindScripts[], read: (file: string) => string): object {
  // A change of health is looked at whatever is ignored here.
  const ignored = kinds
    .filter(({ health }) => health !== undefined)
    .map(({ kind }) => [key('ignoreResourceUpdates', ours(kind)), renderText({ jsonPointers: ['/status'] })])
  return renderSettings({ ...listScripts(kinds, read), ...(Object.fromEntries(ignored) as Record<string, string>) })
}

/** Actions alone: applied after the settings above it replaces theirs. */
export function renderArgoActions(kinds: readonly KindScripts[], read: (file: string) => string): object {
  return renderSettings(listScripts(kinds, read))
}

const webhookKinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const

/** For who installs c8s itself by Argo CD: the certificate is written by the admission role and is never in Git. */
export function renderArgoWebhookSettings(): object {
  const ignored = renderText({ jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle'] })
  const entries = webhookKinds.map((kind) => [
    key('ignoreDifferences', `admissionregistration.k8s.io_${kind}`),
    ignored,
  ])
  return renderSettings(Object.fromEntries(entries) as Record<string, string>)
}
