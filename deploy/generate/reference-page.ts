import { defaults } from '../../crds/defaults.ts'
import { type KindDefinition, kindDefinitions } from '../../crds/definitions.ts'
import { repositoryFile } from '../../crds/repository-file.ts'
import { type SchemaNode, toNode } from '../../crds/schema.ts'
import { notice, renderTable } from './markdown.ts'

interface Row {
  readonly path: string
  readonly node: SchemaNode
  readonly isRequired: boolean
}

/** docs/reference.md: every field of every kind. */
export function renderReference(): string {
  return [
    notice,
    '# Fields',
    'Every field of the three kinds and of `.c8s.yaml`. `kubectl explain pipelineruns.spec` shows the same.',
    ...kindDefinitions.flatMap(renderKind),
    '## .c8s.yaml',
    `${describe(toNode(repositoryFile))} The fields of a step are those of PipelineConfig.`,
    renderFields(toNode(repositoryFile), '', isShownInFile),
    '## Defaults',
    'Filled in when a run is created, and visible in its `spec.plan`.',
    renderTable(
      ['what', 'value'],
      Object.entries(defaults).map(([name, value]) => [`\`${name}\``, `\`${value}\``]),
    ),
  ]
    .join('\n\n')
    .concat('\n')
}

/** What stands in full elsewhere on the page. */
const repeated = /^spec\.(plan|pipelineSpec)\.(steps|finally|branches|clone|matrix)\b|\bfinally\[\]/
const isShownInFile = (path: string) => !/^(steps|finally)\[\]/.test(path)

function renderKind({ kind, plural, shortNames, schema }: KindDefinition): string[] {
  const names = [plural, ...shortNames].map((name) => `\`${name}\``).join(', ')
  return [
    `## ${kind}`,
    `${describe(toNode(schema))} In kubectl: ${names}.`,
    renderFields(toNode(schema), '', (path) => !repeated.test(path)),
  ]
}

function renderFields(node: SchemaNode, at: string, isShown: (path: string) => boolean): string {
  const rows = listRows(node, at).filter(({ path }) => isShown(path))
  return renderTable(
    ['field', 'type', 'meaning'],
    rows.map((row) => [`\`${row.path}\``, describeType(row), describe(row.node)]),
  )
}

function listRows(node: SchemaNode, at: string): Row[] {
  const fields = Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const path = at === '' ? name : `${at}.${name}`
    return [{ path, node: child, isRequired: node.required?.includes(name) === true }, ...listRows(child, path)]
  })
  return [...fields, ...(node.items === undefined ? [] : listRows(node.items, `${at}[]`))]
}

function describeType({ node, isRequired }: Row): string {
  return `${nameType(node)}${isRequired ? ', required' : ''}`
}

function nameType(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((choice) => `\`${choice}\``).join(' ')
  if (node.type === 'array') return `list of ${nameType(node.items ?? {})}`
  if (node.type !== 'object') return node.type ?? ''
  return node.additionalProperties === undefined ? 'object' : `map to ${nameType(node.additionalProperties)}`
}

function describe(node: SchemaNode): string {
  return (node.description ?? '').replaceAll('*', '\\*')
}
