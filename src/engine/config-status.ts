import type { PipelineConfig } from '../../crds/kinds.ts'
import type { PipelineConfigStatus, PipelineSpec } from '../../crds/pipeline-config.ts'
import type { RunPhase } from '../../crds/pipeline-run.ts'
import type { Instant } from '../lib/clock.ts'
import { mergeConditions, pickStanding, renderStanding, type Standing } from './status/conditions.ts'
import { omitUndefined } from './status/rows.ts'
import { isRunFinal } from './status/run-status.ts'
import { foldUsualSeconds, type TimedRun } from './usual-seconds.ts'

/** As much of a run as its config's status counts. */
interface RunSummary extends TimedRun {
  readonly createdAt: string
  readonly phase?: RunPhase | undefined
}

export interface ConfigFacts {
  readonly config: PipelineConfig
  /** Those that exist. */
  readonly runs: readonly RunSummary[]
  /** Names of the Secrets the config uses that do not exist. */
  readonly missingSecrets: readonly string[]
  readonly now: Instant
}

/** Fields of a config's status that c8s-controller applies; requests and schedules are another field manager's. */
export const configFields = [
  'observedGeneration',
  'lastRun',
  'totalRuns',
  'successRate',
  'usualSeconds',
  'conditions',
] as const satisfies readonly (keyof PipelineConfigStatus)[]

/** What c8s-controller applies of a config's status: what its runs came to, and whether what it refers to is there. */
export function foldConfigStatus({
  config,
  runs,
  missingSecrets,
  now,
}: ConfigFacts): Pick<PipelineConfigStatus, (typeof configFields)[number]> {
  const ended = runs.filter(({ phase }) => isRunFinal(phase))
  const succeeded = ended.filter(({ phase }) => phase === 'Succeeded').length
  const generation = config.metadata.generation ?? 0
  const context = { last: pickStanding(config.status?.conditions), generation, now }
  return omitUndefined({
    observedGeneration: generation,
    lastRun: runs
      .map(({ createdAt }) => createdAt)
      .sort()
      .at(-1),
    totalRuns: runs.length,
    // Four digits: enough to read, and a status that does not change with every bit.
    successRate: ended.length === 0 ? undefined : Math.round((succeeded / ended.length) * 10_000) / 10_000,
    usualSeconds: foldUsualSeconds(runs),
    conditions: [...mergeConditions(renderStanding(judgeReferences(missingSecrets)), context)],
  })
}

/**
 * What is missing may come by itself (External Secrets, another sync wave), so it is not Stalled; Ready says what is
 * missing.
 */
function judgeReferences(missingSecrets: readonly string[]): Standing {
  if (missingSecrets.length === 0) return { state: 'ready', reason: 'Accepted', message: 'runs can be started' }
  const names = missingSecrets.slice(0, 5).join(', ')
  const more = missingSecrets.length > 5 ? ` and ${missingSecrets.length - 5} more` : ''
  const [noun, verb] = missingSecrets.length === 1 ? ['Secret', 'does'] : ['Secrets', 'do']
  return { state: 'progressing', reason: 'SecretNotFound', message: `${noun} ${names}${more} ${verb} not exist` }
}

/** Names of the Secrets that a pipeline's steps use, each once, sorted. */
export function listSecrets({ steps, finally: last = [] }: PipelineSpec): readonly string[] {
  const used = [...steps, ...last].flatMap(({ secrets = [] }) => secrets.map(({ secretRef }) => secretRef))
  return [...new Set(used)].sort()
}
