import { podNames, podPaths } from '../../crds/labels.ts'
import type { SecretUse } from '../../crds/parts/step.ts'
import type { Injection } from './injection.ts'
import { changeContainer, placeMount, placeVolume } from './place.ts'
import { type ProjectedKey, renderProjection } from './projection.ts'

/** Secrets as files below /c8s/secrets, seen by the step alone. */
export const secretFiles: Injection = {
  id: 'secret-files',
  version: 1,
  after: ['tools'],
  appliesTo: (_template, { secrets }) => toFiles(secrets).length > 0,
  apply: (template, { stepContainer, secrets }) =>
    changeContainer(
      placeVolume(template, renderProjection(podNames.secretsVolume, toFiles(secrets))),
      stepContainer,
      (container) =>
        placeMount(container, { name: podNames.secretsVolume, mountPath: podPaths.secrets, readOnly: true }),
    ),
}

function toFiles(secrets: readonly SecretUse[]): readonly ProjectedKey[] {
  return secrets.flatMap(({ secretRef, key, file }) =>
    file === undefined ? [] : [{ secret: secretRef, key, path: file }],
  )
}
