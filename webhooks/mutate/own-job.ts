import { annotations, labels, podPaths } from '../../crds/labels.ts'
import type { SecretUse } from '../../crds/parts/step.ts'
import type { CloneOptions } from '../../src/lib/agent-options.ts'
import { parseDuration } from '../../src/lib/duration.ts'
import type { EnvVar, Job } from '../../src/lib/kubernetes.ts'
import type { Facts } from '../facts.ts'
import type { CloneOrder, InjectionFacts } from '../inject/injection.ts'
import { ownContainers, toLiteral } from '../inject/place.ts'
import { isRecord, pickText, toItems, toText } from '../json.ts'
import { toOwnPlacement } from './job-placement.ts'
import { isRestricted } from './step-job.ts'

/** What a user's own Job asks for in its annotations, read as far as it can be; validation tells what cannot. */
export interface OwnJobOrder {
  readonly repository?: string
  readonly commit?: string
  readonly branch?: string
  readonly authSecret?: string
  readonly secrets: readonly SecretUse[]
  readonly container: string | undefined
  readonly timeoutSeconds?: number
}

export function parseOwnOrder({ metadata, spec }: Job): OwnJobOrder {
  const notes = metadata.annotations ?? {}
  const timeout = parseDuration(notes[annotations.timeout] ?? '')
  const containers = toItems(spec?.template?.spec?.containers).flatMap((one) =>
    isRecord(one) ? [toText(one['name']) ?? ''] : [],
  )
  return {
    ...pickText('repository', notes[annotations.repository]),
    ...pickText('commit', notes[annotations.commit]),
    ...pickText('branch', notes[annotations.branch]),
    ...pickText('authSecret', notes[annotations.authSecret]),
    secrets: parseSecretUses(notes[annotations.secrets]).uses,
    container: notes[annotations.container] ?? containers.find((name) => !ownContainers.has(name)),
    ...(timeout === undefined || timeout === 0 ? {} : { timeoutSeconds: timeout }),
  }
}

/** The JSON list in the annotation; `items` are all of it, `uses` those that have the form of a step's. */
export function parseSecretUses(text: string | undefined): {
  readonly items: unknown
  readonly uses: readonly SecretUse[]
} {
  if (text === undefined) return { items: [], uses: [] }
  let items: unknown
  try {
    items = JSON.parse(text)
  } catch {
    return { items: undefined, uses: [] }
  }
  return { items, uses: toItems(items).filter(isSecretUse).slice(0, maxUses) }
}

/** As many as a step may have. */
export const maxUses = 100

function isSecretUse(item: unknown): item is SecretUse & Readonly<Record<string, unknown>> {
  if (!isRecord(item)) return false
  const { secretRef, key, envVar = 'x', file = 'x' } = item
  return [secretRef, key, envVar, file].every((value) => toText(value) !== undefined)
}

export function toOwnFacts(job: Job, facts: Facts): InjectionFacts {
  const order = parseOwnOrder(job)
  const clone = renderClone(order)
  return {
    jobType: 'own',
    image: facts.settings.image,
    stepContainer: order.container ?? '',
    restricted: isRestricted(facts),
    ...toOwnPlacement(facts),
    // The pod says that it is c8s's business, too: log viewers find it by the label.
    labels: { [labels.jobType]: 'own' },
    environment: renderEnvironment(job, order),
    stepEnvironment: [],
    secrets: order.secrets,
    ...(clone === undefined ? {} : { clone }),
    ...(order.timeoutSeconds === undefined ? {} : { timeoutSeconds: order.timeoutSeconds }),
  }
}

function renderClone({ repository, commit, branch, authSecret, secrets }: OwnJobOrder): CloneOrder | undefined {
  if (repository === undefined || commit === undefined) return undefined
  const options: CloneOptions = {
    repository,
    commit,
    ...(branch === undefined ? {} : { branch }),
    depth: 1,
    submodules: false,
    workspace: podPaths.workspace,
    commitFile: `${podPaths.tools}/commit`,
    ...(secrets.length === 0 ? {} : { requiredBranches: ['**'] }),
  }
  return { options, ...(authSecret === undefined ? {} : { authSecret }) }
}

function renderEnvironment({ metadata }: Job, { repository, commit, branch }: OwnJobOrder): readonly EnvVar[] {
  const cloned: Readonly<Record<string, string>> =
    repository === undefined || commit === undefined
      ? {}
      : {
          COMMIT_SHA: commit,
          BRANCH: branch ?? '',
          C8S_REPOSITORY: repository,
          C8S_WORKSPACE: podPaths.workspace,
        }
  // Without a checkout the driver stays in the folder that the container starts in.
  const variables = { CI: 'true', C8S: 'true', C8S_NAMESPACE: metadata.namespace ?? '', C8S_WORKSPACE: '.', ...cloned }
  return Object.entries(variables).map(([name, value]) => toLiteral(name, value))
}
