import { keptAnnotations } from './kept.ts'
import { apiVersion, group, labels } from './labels.ts'
import { unseenGeneration } from './parts/condition.ts'
import { pipelineConfig } from './pipeline-config.ts'
import { pipelineRun } from './pipeline-run.ts'
import { repositoryConnection } from './repository-connection.ts'
import { listChangeRules } from './run-changes.ts'
import { renderRunPolicy } from './run-policy.ts'
import type { CelRule, Schema, SchemaNode } from './schema.ts'
import { newServer, type ServerAbilities } from './server-abilities.ts'

/** A column of `kubectl get`; with isWide only of `-o wide`. */
interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'date' | 'integer' | 'number' | 'boolean'
  readonly jsonPath: string
  readonly description: string
  readonly isWide?: boolean
}

/** What there is to say about a kind, besides its rules. */
export interface KindDefinition {
  readonly kind: 'PipelineConfig' | 'PipelineRun' | 'RepositoryConnection'
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly schema: Schema
  /** How the spec may change, where no policy of the server says so. */
  readonly changeRules?: readonly CelRule[]
  readonly columns: readonly PrinterColumn[]
  /** Besides `c8s`; who has many kinds looks by these. */
  readonly categories: readonly string[]
  /** Fields for `--field-selector`, from Kubernetes 1.31 on; 8 at most. */
  readonly selectable: readonly string[]
}

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
}
const conditionColumn = (name: string, type: string, field: 'status' | 'reason'): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="${type}")].${field}`,
  description: `The condition ${type}.`,
})
const textColumn = (name: string, jsonPath: string, description: string): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath,
  description,
})
const wide = (column: PrinterColumn): PrinterColumn => ({ ...column, isWide: true })

const pipelineConfigDefinition: KindDefinition = {
  kind: 'PipelineConfig',
  plural: 'pipelineconfigs',
  singular: 'pipelineconfig',
  shortNames: ['pc', 'c8spc'],
  schema: pipelineConfig,
  categories: ['all'],
  selectable: ['.spec.repository'],
  columns: [
    textColumn('Repository', '.spec.repository', 'The Git repository.'),
    conditionColumn('Ready', 'Ready', 'status'),
    { name: 'Runs', type: 'integer', jsonPath: '.status.totalRuns', description: 'How many runs exist.' },
    { name: 'Last Run', type: 'date', jsonPath: '.status.lastRun', description: 'When the newest run was created.' },
    age,
    wide(conditionColumn('Reason', 'Ready', 'reason')),
    wide({
      name: 'Success',
      type: 'number',
      jsonPath: '.status.successRate',
      description: 'Share of the ended runs that succeeded.',
    }),
  ],
}

const pipelineRunDefinition: KindDefinition = {
  kind: 'PipelineRun',
  plural: 'pipelineruns',
  singular: 'pipelinerun',
  shortNames: ['pr', 'c8spr'],
  schema: pipelineRun,
  changeRules: listChangeRules(),
  categories: ['all', 'ci'],
  selectable: ['.spec.pipelineConfigRef', '.spec.branch', '.spec.commit', '.status.phase', '.status.reason'],
  columns: [
    textColumn('Status', '.status.phase', 'State of the run.'),
    textColumn('Reason', '.status.reason', 'Why the run is in this state.'),
    textColumn('Steps', '.status.progress', 'How many steps have ended, and of how many.'),
    {
      name: 'Queue',
      type: 'integer',
      jsonPath: '.status.queue.position',
      description: 'Its place in the queue, while it waits.',
    },
    textColumn('Pipeline', '.metadata.labels.c8s\\.dev/pipeline', 'The pipeline it runs.'),
    textColumn('Commit', '.spec.commit', 'The commit.'),
    age,
    wide(textColumn('Branch', '.spec.branch', 'The branch.')),
    wide(textColumn('Triggered-By', '.spec.triggeredBy', 'Who asked for it.')),
    wide({ name: 'Ended', type: 'date', jsonPath: '.status.completionTime', description: 'When it ended.' }),
    wide(textColumn('Message', '.status.message', 'The state in one sentence.')),
    wide({
      name: 'Compacted',
      type: 'date',
      jsonPath: '.status.compactedAt',
      description: 'Since when only its result is left.',
    }),
  ],
}

const repositoryConnectionDefinition: KindDefinition = {
  kind: 'RepositoryConnection',
  plural: 'repositoryconnections',
  singular: 'repositoryconnection',
  shortNames: ['rc', 'c8src'],
  schema: repositoryConnection,
  categories: [],
  selectable: ['.spec.repository', '.spec.pipelineConfigRef'],
  columns: [
    textColumn('Repository', '.spec.repository', 'The Git repository.'),
    textColumn('Provider', '.spec.provider', 'The forge.'),
    conditionColumn('Ready', 'Ready', 'status'),
    textColumn('Last Delivery', '.status.deliveries[0].reason', 'What came of the last delivery.'),
    age,
    wide(textColumn('Config', '.spec.pipelineConfigRef', 'The PipelineConfig that runs for it.')),
    wide({
      name: 'Webhook',
      type: 'boolean',
      jsonPath: '.status.webhookRegistered',
      description: 'Whether the forge has the webhook.',
    }),
    wide(conditionColumn('Reason', 'Ready', 'reason')),
  ],
}

/** The registry of our kinds. */
export const kindDefinitions: readonly KindDefinition[] = Object.freeze([
  pipelineConfigDefinition,
  pipelineRunDefinition,
  repositoryConnectionDefinition,
])

const version = apiVersion.slice(group.length + 1)

/**
 * What reads health from conditions (kstatus, so Flux) takes an object without a status for one that is done: until the controller
 * has looked, there is a status that says so.
 */
function withUnseenStatus(schema: Schema): object {
  const { properties, ...rest } = schema as Schema & { readonly properties: Readonly<Record<string, object>> }
  const status = { ...properties['status'], default: { observedGeneration: unseenGeneration } }
  return { ...rest, properties: { ...properties, status } }
}

/** The schema with further rules of the spec, after its own. */
function addSpecRules(schema: Schema, rules: readonly CelRule[]): Schema {
  const { properties, ...rest } = schema as Schema & { readonly properties: Readonly<Record<string, SchemaNode>> }
  const spec = properties['spec'] ?? {}
  const validations = [...(spec['x-kubernetes-validations'] ?? []), ...rules]
  return { ...rest, properties: { ...properties, spec: { ...spec, 'x-kubernetes-validations': validations } } }
}

/** The CustomResourceDefinition of a kind, as plain data. It embeds the very schema that ajv compiles. */
export function renderDefinition(
  definition: KindDefinition,
  { knowsSelectableFields, knowsPolicies }: ServerAbilities = newServer,
): object {
  const { kind, plural, singular, shortNames, columns, categories, selectable, changeRules } = definition
  const isWhole = knowsPolicies || changeRules === undefined
  const schema = isWhole ? definition.schema : addSpecRules(definition.schema, changeRules)
  const names = { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['c8s', ...categories] }
  const marks = { labels: { [labels.partOf]: 'c8s' }, annotations: keptAnnotations }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...marks },
    spec: {
      group,
      scope: 'Namespaced',
      names,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: withUnseenStatus(schema) },
          subresources: { status: {} },
          additionalPrinterColumns: columns.map(({ isWide = false, ...column }) => ({
            ...column,
            ...(isWide ? { priority: 1 } : {}),
          })),
          ...(knowsSelectableFields ? { selectableFields: selectable.map((jsonPath) => ({ jsonPath })) } : {}),
        },
      ],
    },
  }
}

/** All that makes a server serve our kinds, in the order in which it is applied: deploy/crds.yaml, and that for older servers. */
export function renderDefinitions(abilities: ServerAbilities = newServer): readonly object[] {
  const definitions = kindDefinitions.map((kind) => renderDefinition(kind, abilities))
  return [...definitions, ...(abilities.knowsPolicies ? renderRunPolicy() : [])]
}
