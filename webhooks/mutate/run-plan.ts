import type { PipelineConfig } from '../../crds/kinds.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { freezePlan } from '../../crds/plan.ts'
import { isAnyGlobMatch } from '../../src/lib/glob.ts'
import { type FactNeeds, type Facts, toRightKey } from '../facts.ts'
import { toRecord, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { findConnection } from '../validate/connection-match.ts'
import { isFreezable, listSecretNames, listSteps } from '../validate/pipeline-parts.ts'
import { judgeSecret, type SecretAsker } from '../validate/secret-access.ts'
import { parseAuthor } from './pipeline-config.ts'

/** What a run runs, as far as it can be found. */
export interface RunSource {
  readonly pipeline: PipelineSpec
  /** Absent for a pipeline that the run carries itself. */
  readonly config?: PipelineConfig
}

export function findRunSource(run: unknown, facts: Facts): RunSource | undefined {
  const { pipelineConfigRef, pipelineSpec } = toRecord(run)
  if (pipelineConfigRef === undefined) {
    return isFreezable(pipelineSpec) ? { pipeline: pipelineSpec as PipelineSpec } : undefined
  }
  const config = facts.configs.get(toText(pipelineConfigRef) ?? '')
  return config === undefined || !isFreezable(config.spec) ? undefined : { pipeline: config.spec, config }
}

/** The reads that freezing a run's plan depends on: what it runs, then the Secrets in it and who may use them. */
export function planRunReads(request: AdmissionRequest, facts: Facts): FactNeeds {
  const run = toRecord(toRecord(request.object)['spec'])
  const ref = toText(run['pipelineConfigRef'])
  const needs: FactNeeds = { connections: 'near', ...(ref === undefined ? {} : { config: ref }) }
  const source = findRunSource(run, facts)
  if (source === undefined) return needs
  const secrets = listSecretNames(listSteps(source.pipeline, ''))
  if (secrets.length === 0) return needs
  const rights = secrets.map((secret) => ({ subject: request.user, secret }))
  const author = source.config === undefined ? undefined : parseAuthor(source.config)
  const refused = rights.filter((question) => facts.rights.get(toRightKey(question)) === false)
  const byAuthor = author === undefined ? [] : refused.map(({ secret }) => ({ subject: author, secret }))
  return { ...needs, connections: 'live', secrets, rights: [...rights, ...byAuthor] }
}

/**
 * Who asks for the Secrets of a run. The commands of an inline pipeline are the requester's own, so no annotation that
 * names a config, connection or branch speaks for it: see docs/adr.
 */
export function toRunAsker(request: AdmissionRequest, source: RunSource, facts: Facts): SecretAsker {
  const { config, pipeline } = source
  if (config === undefined) return { subjects: [request.user], grant: {} }
  const author = parseAuthor(config)
  const connection = findConnection(pipeline.repository, facts.connections ?? [])?.metadata.name
  const branch = toText(toRecord(toRecord(request.object)['spec'])['branch'])
  const isUsual = branch !== undefined && isAnyGlobMatch(pipeline.branches ?? ['**'], branch)
  return {
    subjects: author === undefined ? [request.user] : [request.user, author],
    grant: {
      config: config.metadata.name ?? '',
      ...(connection === undefined ? {} : { connection }),
      // A branch that the config itself does not allow is no branch to be granted for.
      ...(isUsual ? { branch } : {}),
    },
  }
}

/** The run's plan; undefined where there is nothing to freeze, which is the validators' to tell. */
export function freezeRunPlan(request: AdmissionRequest, facts: Facts): Plan | undefined {
  const source = findRunSource(toRecord(request.object)['spec'], facts)
  if (source === undefined) return undefined
  const { pipeline, config } = source
  const connection = findConnection(pipeline.repository, facts.connections ?? [])
  const plan = freezePlan(pipeline, {
    ...(config === undefined ? {} : { source: toPlanSource(config) }),
    ...(connection?.metadata.name === undefined ? {} : { connection: connection.metadata.name }),
    ...(connection?.spec.authSecretRef === undefined ? {} : { authSecretRef: connection.spec.authSecretRef }),
  })
  const branch = findProvingBranch(request, source, facts)
  return branch === undefined ? plan : { ...plan, branches: [branch] }
}

function toPlanSource({
  metadata: { name = '', uid = '', generation = 0 },
}: PipelineConfig): NonNullable<Plan['source']> {
  return { name, uid, generation }
}

/**
 * A Secret that is only for some branches is given to a commit that is really on the run's branch: the plan says so, and
 * the clone checks it.
 */
function findProvingBranch(request: AdmissionRequest, source: RunSource, facts: Facts): string | undefined {
  const asker = toRunAsker(request, source, facts)
  const { branch } = asker.grant
  if (typeof branch !== 'string') return undefined
  const names = listSecretNames(listSteps(source.pipeline, ''))
  const isLimited = (name: string) => {
    const verdict = judgeSecret(name, asker, facts)
    return verdict.kind === 'allowed' && verdict.onlyOnBranch
  }
  return names.some(isLimited) ? branch : undefined
}
