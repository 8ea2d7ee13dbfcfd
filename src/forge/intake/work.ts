import type { PipelineRun, RepositoryConnection } from '../../../crds/kinds.ts'
import { labels } from '../../../crds/labels.ts'
import { toLabelValue } from '../../../crds/names.ts'
import type { Validators } from '../../../crds/validate.ts'
import type { Finding } from '../../engine/trigger/finding.ts'
import { keepRunsOf } from '../../engine/trigger/known-runs.ts'
import type { EventRun, RunOrigin } from '../../engine/trigger/render-run.ts'
import type { Clock } from '../../lib/clock.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import type { Forge } from '../forge.ts'
import type { OpenForge } from '../part.ts'
import type { IntakeClient } from './measured-client.ts'

/** One event being served. */
export interface Work {
  readonly client: IntakeClient
  readonly connection: RepositoryConnection
  readonly origin: RunOrigin & { readonly connection: string }
  readonly validators: Validators
  /** Reads the credential at the first call: not every event needs the forge. Throws ForgeError. */
  readonly openForge: () => Promise<Forge>
}

/** What came of it. */
export interface Told {
  readonly findings: readonly Finding[]
  /** The commit it was about. */
  readonly commit?: string
}

export interface WorkDeps {
  readonly client: IntakeClient
  readonly openForge: OpenForge
  readonly clock: Clock
  readonly validators: Validators
}

export function openWork({ client, openForge, clock, validators }: WorkDeps, connection: RepositoryConnection): Work {
  const { name = '', namespace = '' } = connection.metadata
  let forge: Promise<Forge> | undefined
  return {
    client,
    connection,
    validators,
    origin: { namespace, connection: name, provider: connection.spec.provider, now: clock.now() },
    openForge: () => {
      forge ??= openForge(connection)
      return forge
    },
  }
}

/** Runs of the connection as the API server has them now, by their stamped labels. */
export async function listRuns(
  { client, origin }: Work,
  wanted: Partial<Record<'pullRequest' | 'commit' | 'branch', string>>,
): Promise<readonly EventRun[]> {
  const { connection, namespace } = origin
  const values = Object.entries({ connection, ...wanted }) as [keyof typeof labels, string][]
  const labelSelector = values.map(([label, value]) => `${labels[label]}=${toLabelValue(value)}`).join(',')
  const { items } = await client.list<PipelineRun>(resourceTypes.pipelineRun, { namespace, labelSelector })
  return keepRunsOf(connection, items)
}
