import { kindDefinitions, renderDefinition, renderDefinitions } from '../../crds/definitions.ts'
import { renderEditorSchema, renderFileSchema } from '../../crds/editor-schema.ts'
import { renderRunPolicy } from '../../crds/run-policy.ts'
import { oldServer } from '../../crds/server-abilities.ts'
import { argoFiles } from '../argocd/files.ts'
import { renderInstall } from '../install/manifests.ts'
import { chartFiles } from './chart/files.ts'
import { renderCompiledChecks } from './compiled-checks.ts'
import { renderErrorsPage } from './errors-page.ts'
import { kustomizeFiles } from './kustomize.ts'
import { renderPermissionsPage } from './permissions-page.ts'
import { renderReference } from './reference-page.ts'
import { renderYaml } from './yaml.ts'

/** A file that is made from the sources, by its path within the checkout. */
export interface GeneratedFile {
  readonly path: string
  render(): string
}

const definitionFiles: readonly GeneratedFile[] = [
  ...kindDefinitions.map((definition) => ({
    path: `crds/yaml/${definition.plural}.yaml`,
    render: () => renderYaml([renderDefinition(definition)]),
  })),
  { path: 'crds/yaml/run-policy.yaml', render: () => renderYaml(renderRunPolicy()) },
]

const renderJson = (value: object) => `${JSON.stringify(value, undefined, 2)}\n`

const editorSchemas: readonly GeneratedFile[] = [
  ...kindDefinitions.map((definition) => ({
    path: `crds/json/${definition.singular}.schema.json`,
    render: () => renderJson(renderEditorSchema(definition)),
  })),
  { path: 'crds/json/c8s-yaml.schema.json', render: () => renderJson(renderFileSchema()) },
]

/** Everything that `npm run generate` writes and `npm run check` compares. */
export const generatedFiles: readonly GeneratedFile[] = Object.freeze([
  ...definitionFiles,
  ...editorSchemas,
  { path: 'crds/compiled/checks.mjs', render: renderCompiledChecks },
  { path: 'docs/reference.md', render: renderReference },
  { path: 'docs/errors.md', render: renderErrorsPage },
  { path: 'docs/permissions.md', render: renderPermissionsPage },
  { path: 'deploy/crds.yaml', render: () => renderYaml(renderDefinitions()) },
  { path: 'deploy/crds-1.28.yaml', render: () => renderYaml(renderDefinitions(oldServer)) },
  { path: 'deploy/install.yaml', render: () => renderYaml(renderInstall()) },
  ...kustomizeFiles,
  ...chartFiles,
  ...argoFiles,
])
