import { isSameJson } from '../../../lib/json-equal.ts'
import { type DoctorCheck, error, listSome, orOk, type Said, whenRead } from '../check.ts'
import type { Webhook, WebhookConfiguration } from '../facts.ts'

const remedy = 'kubectl apply --server-side --force-conflicts -f deploy/install.yaml'
/** A server-side apply leaves what another wrote beside it. c8s writes the CA again, and until then our kinds are refused. */
const replacing = 'kubectl replace -f deploy/install.yaml'

/** Both webhook configurations are there, and say what they are installed with; the caBundle is another check's. */
export const webhooks: DoctorCheck = {
  id: 'webhooks',
  judge: ({ expected, configurations }) =>
    whenRead(configurations, (found) => {
      const said = expected.configurations.flatMap((wanted) => {
        const { kind, metadata } = wanted
        return judgeConfiguration(
          wanted,
          found.find((each) => each.kind === kind && each.metadata.name === metadata.name),
        )
      })
      return orOk(said, 'both webhook configurations are as they were installed')
    }),
}

function judgeConfiguration(wanted: WebhookConfiguration, found: WebhookConfiguration | undefined): readonly Said[] {
  const what = `${wanted.kind ?? ''} "${wanted.metadata.name ?? ''}"`
  if (found === undefined) {
    return [error(`${what} is missing: c8s is out of admission, and no step starts`, remedy)]
  }
  return (wanted.webhooks ?? []).flatMap((webhook) => {
    const is = found.webhooks?.find(({ name }) => name === webhook.name)
    if (is === undefined) return [error(`${what} has no webhook ${webhook.name}`, remedy)]
    const fields = findChanges(webhook, is)
    return fields.length === 0 ? [] : [error(`${what}: ${webhook.name} has another ${listSome(fields)}`, replacing)]
  })
}

/** Whoever installs may choose these. */
const chosen: ReadonlySet<string> = new Set(['timeoutSeconds'])

/** Nobody has conditions by the API server's default, and one more can leave everything out. */
const none = { matchConditions: undefined }

/** Fields that do not say what they should; those that we leave to the API server's defaults do not count. */
function findChanges(wanted: Webhook, is: Webhook): readonly string[] {
  const actual = is as unknown as Readonly<Record<string, unknown>>
  return Object.entries({ ...none, ...wanted })
    .filter(([field]) => !chosen.has(field))
    .filter(
      ([field, value]) => !isSameJson(field === 'clientConfig' ? omitBundle(actual[field]) : actual[field], value),
    )
    .map(([field]) => field)
}

function omitBundle(config: unknown): unknown {
  if (typeof config !== 'object' || config === null) return config
  const { caBundle: _, ...rest } = config as Readonly<Record<string, unknown>>
  return rest
}
