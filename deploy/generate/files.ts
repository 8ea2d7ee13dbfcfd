import { kindDefinitions, renderDefinition } from '../../crds/definitions.ts'
import { renderYaml } from './yaml.ts'

/** A file that is made from the sources, by its path within the checkout. */
export interface GeneratedFile {
  readonly path: string
  render(): string
}

const definitionFiles: readonly GeneratedFile[] = kindDefinitions.map((definition) => ({
  path: `crds/yaml/${definition.plural}.yaml`,
  render: () => renderYaml([renderDefinition(definition)]),
}))

/** Everything that `npm run generate` writes and `npm run check` compares. */
export const generatedFiles: readonly GeneratedFile[] = Object.freeze([
  ...definitionFiles,
  { path: 'deploy/crds.yaml', render: () => renderYaml(kindDefinitions.map(renderDefinition)) },
])
