import { labels } from '../../crds/labels.ts'
import { toLabelValue } from '../../crds/names.ts'
import type { RunEvent } from '../../crds/parts/event.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { toCanonicalRepository } from '../../src/lib/repository.ts'
import { type JsonRecord, toRecord, toText } from '../json.ts'

/** Labels that c8s alone sets on a run: for finding runs, never for deciding. */
const stampedLabels = [
  labels.config,
  labels.branch,
  labels.commit,
  labels.repository,
  labels.pipeline,
  labels.connection,
  labels.event,
  labels.pullRequest,
  labels.concurrencyGroup,
  labels.parent,
] as const

export function renderLabels(
  spec: JsonRecord,
  plan: Plan | undefined,
  event: RunEvent | undefined,
): Readonly<Record<string, string>> {
  const number = event?.pullRequest?.number
  const values: readonly (readonly [string, string | undefined])[] = [
    [labels.config, toText(spec['pipelineConfigRef'])],
    [labels.branch, toText(spec['branch'])],
    [labels.commit, toText(spec['commit'])],
    [labels.repository, plan === undefined ? undefined : toCanonicalRepository(plan.repository)],
    [
      labels.pipeline,
      (spec['parent'] === undefined ? event?.pipeline : undefined) ?? toText(spec['pipelineConfigRef']),
    ],
    [labels.connection, event?.connection],
    [labels.event, event?.type],
    [labels.pullRequest, number === undefined ? undefined : String(number)],
    [labels.concurrencyGroup, plan?.concurrency?.group],
    [labels.parent, toText(toRecord(spec['parent'])['name'])],
  ]
  return Object.fromEntries(values.flatMap(([key, value]) => (value === undefined ? [] : [[key, toLabelValue(value)]])))
}

/** The object with the stamped labels as given; one that is not given is taken away. */
export function stampLabels(object: KubeObject, wanted: Readonly<Record<string, string>>): KubeObject {
  const present = object.metadata.labels ?? {}
  if (stampedLabels.every((key) => present[key] === wanted[key])) return object
  const others = Object.entries(present).filter(([key]) => !stampedLabels.some((stamped) => stamped === key))
  const stamps = stampedLabels.flatMap((key) => (wanted[key] === undefined ? [] : [[key, wanted[key]]]))
  return { ...object, metadata: { ...object.metadata, labels: Object.fromEntries([...others, ...stamps]) } }
}
