import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { mergeConditions } from '../../engine/status/conditions.ts'
import type { Instant } from '../../lib/clock.ts'
import { formatDuration } from '../../lib/duration.ts'
import { ForgeError } from '../forge.ts'
import type { ForgeCondition, ForgeFields } from '../status.ts'
import { mostHeads } from './compare.ts'

const type = 'HeadsListed' satisfies ForgeCondition['type']

export interface Standing {
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

export function describeLooked(isCut: boolean, interval: number): Standing {
  const often = formatDuration(interval / 1000)
  if (!isCut) return { status: 'True', reason: 'Listed', message: `heads are compared every ${often}` }
  const message = `heads are compared every ${often}; there are ${mostHeads} or more, so new ones are learnt from deliveries alone`
  return { status: 'True', reason: 'TooMany', message }
}

export function describeBlind(error: unknown): Standing {
  if (!(error instanceof ForgeError)) {
    const message = 'c8s failed while it asked the forge; the log of c8s-controller tells more'
    return { status: 'False', reason: 'Internal', message }
  }
  const { kind, message } = error
  return { status: 'False', reason: `Forge${kind.charAt(0).toUpperCase()}${kind.slice(1)}`, message }
}

/** The fields with this told of the heads; undefined where they are not looked at. */
export function foldHeadsCondition(
  fields: ForgeFields,
  standing: Standing | undefined,
  { metadata, now }: Pick<RepositoryConnection, 'metadata'> & { readonly now: Instant },
): ForgeFields {
  const { conditions = [], ...rest } = fields
  const others = conditions.filter((condition) => condition.type !== type)
  const last = conditions.filter((condition) => condition.type === type)
  const generation = metadata.generation ?? 0
  const merged = standing === undefined ? [] : mergeConditions([{ type, ...standing }], { last, generation, now })
  const all = [...others, ...(merged as readonly ForgeCondition[])]
  return { ...rest, ...(all.length === 0 ? {} : { conditions: all }) }
}
