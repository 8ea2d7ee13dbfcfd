import type { FieldError } from '../../src/lib/field-error.ts'
import type { ResourceQuota } from '../../src/lib/kubernetes.ts'
import { compareQuantities } from '../../src/lib/quantity.ts'
import { toRecord, toText } from '../json.ts'

/** A workspace that no quota of the namespace can ever hold. `pipeline` is as it was written, `at` its path. */
export function validateWorkspaceQuota(
  pipeline: unknown,
  at: string,
  quotas: readonly ResourceQuota[],
): readonly FieldError[] {
  const workspace = toRecord(toRecord(pipeline)['workspace'])
  const size = toText(workspace['size'])
  if (size === undefined) return []
  const amounts = listAmounts(size, toText(workspace['storageClassName']))
  return quotas.flatMap(({ metadata, spec }) =>
    Object.entries(spec?.hard ?? {}).flatMap(([name, hard]): FieldError[] => {
      const asked = amounts.get(name)
      if (asked === undefined || (compareQuantities(asked, hard) ?? 0) <= 0) return []
      const message = `no step can ever start: the volume asks for ${asked} of ${name}, and ResourceQuota "${metadata.name ?? ''}" has ${hard} in all`
      return [
        {
          path: `${at}.workspace.size`,
          code: 'QuotaImpossible',
          message,
          hint: 'ask for less, or have the quota raised',
        },
      ]
    }),
  )
}

/** By the names that quotas use: https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-for-storage */
function listAmounts(size: string, storageClass: string | undefined): ReadonlyMap<string, string> {
  const prefixes = storageClass === undefined ? [''] : ['', `${storageClass}.storageclass.storage.k8s.io/`]
  const perClass = prefixes.flatMap((prefix): [string, string][] => [
    [`${prefix}requests.storage`, size],
    [`${prefix}persistentvolumeclaims`, '1'],
  ])
  return new Map([...perClass, ['count/persistentvolumeclaims', '1']])
}
