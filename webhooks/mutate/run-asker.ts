import { resolveParams } from '../../crds/resolve-params.ts'
import { judgeCondition } from '../../src/engine/condition/judge-condition.ts'
import { findConnection } from '../../src/engine/connection-match.ts'
import { isAnyGlobMatch } from '../../src/lib/glob.ts'
import { askUse, type FactNeeds, type Facts, toRightKey } from '../facts.ts'
import { pickText, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { listSecretNames, listSteps, type StepPart } from '../validate/pipeline-parts.ts'
import type { SecretAsker } from '../validate/secret-access.ts'
import { findCall, isCalledByFile } from './called-run.ts'
import { parseAuthor } from './pipeline-config.ts'
import { type RunSource, readSpec, toIdentity } from './run-source.ts'

/** The steps that this run may come to; what the others name is given to nobody. */
export function listRunSteps(request: AdmissionRequest, { pipeline }: RunSource, at: string): readonly StepPart[] {
  const spec = toIdentity(request)
  const run = { spec, params: resolveParams(pipeline.params ?? [], spec.params) }
  return listSteps(pipeline, at).filter((step) => judgeCondition(step, run).kind !== 'unmet')
}

/** The Secrets of a run, and the rights of those who speak for it: the author of a config is asked about last. */
export function planSecretReads(request: AdmissionRequest, source: RunSource, facts: Facts): FactNeeds | undefined {
  const secrets = listSecretNames(listRunSteps(request, source, ''))
  if (secrets.length === 0) return undefined
  const [first, ...others] = toRunAsker(request, source, facts).subjects
  const rights = first === undefined ? [] : secrets.map((secret) => askUse(first, secret))
  const refused = rights.filter((question) => facts.rights.get(toRightKey(question)) === false)
  const further = others.flatMap((subject) => refused.map(({ name }) => askUse(subject, name)))
  return { connections: 'live', secrets, rights: [...rights, ...further] }
}

/**
 * Who asks for the Secrets of a run. The commands of an inline pipeline that a user sends are the requester's own, so no
 * annotation that names a config, connection or branch speaks for it: see docs/adr/0062, 0090 for what c8s makes, and 0152
 * for what other runs call.
 */
export function toRunAsker(request: AdmissionRequest, source: RunSource, facts: Facts): SecretAsker {
  const { config, event } = source
  const own = event === undefined && findCall(request) === undefined ? [request.user] : []
  if (config === undefined && event === undefined) return { subjects: own, grant: {} }
  // Whoever may push chooses what a file calls, so the author's right does not speak for that.
  const isFile = config === undefined || isCalledByFile(request, facts)
  const author = isFile ? undefined : parseAuthor(config)
  return {
    subjects: author === undefined ? own : [...own, author],
    grant: {
      ...pickText('config', config?.metadata.name),
      ...pickText('connection', event?.connection ?? findConfigConnection(source, facts)),
      ...pickText('branch', findUsualBranch(request, source)),
    },
    ...(isFile ? { isFile } : {}),
  }
}

function findConfigConnection({ config, pipeline }: RunSource, { connections = [] }: Facts): string | undefined {
  return config === undefined ? undefined : findConnection(pipeline.repository, connections)?.metadata.name
}

/**
 * The branch that may be granted for; the clone proves that the commit is on it. None that the pipeline itself does not
 * allow, and none of a fork, whatever it is called.
 */
function findUsualBranch(request: AdmissionRequest, { pipeline, event }: RunSource): string | undefined {
  const branch = toText(readSpec(request)['branch'])
  if (branch === undefined || event?.pullRequest?.fork === true) return undefined
  return isAnyGlobMatch(pipeline.branches ?? ['**'], branch) ? branch : undefined
}
