import type { SecretUse } from '../../crds/parts/step.ts'
import type { EnvVar } from '../../src/lib/kubernetes.ts'
import type { Injection } from './injection.ts'
import { changeContainer, placeEnvironment } from './place.ts'

/** Secrets as variables: references only, so no value is ever in the Job. */
export const secretEnv: Injection = {
  id: 'secret-env',
  version: 1,
  after: ['environment'],
  appliesTo: (_template, { secrets }) => toSecretEnvironment(secrets).length > 0,
  apply: (template, { stepContainer, secrets }) =>
    changeContainer(template, stepContainer, (container) =>
      placeEnvironment(container, toSecretEnvironment(secrets), 'last'),
    ),
}

/** The variable a use asks for: its own, else the key where it asks for no file either. */
export function toSecretVariable({ key, envVar, file }: SecretUse): string | undefined {
  return envVar ?? (file === undefined ? key : undefined)
}

function toSecretEnvironment(secrets: readonly SecretUse[]): readonly EnvVar[] {
  return secrets.flatMap((use) => {
    const name = toSecretVariable(use)
    return name === undefined ? [] : [{ name, valueFrom: { secretKeyRef: { name: use.secretRef, key: use.key } } }]
  })
}
