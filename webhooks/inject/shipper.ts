import { podNames, podPaths } from '../../crds/labels.ts'
import { shipperResources } from '../../src/engine/queue/overhead.ts'
import { type ShipOptions, shipOptionsVariable } from '../../src/lib/agent-options.ts'
import type { Container } from '../../src/lib/kubernetes.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { renderOwnContainer, toAgentCommand } from './own-container.ts'
import { changeSpec, placeNamed, placeVolume } from './place.ts'
import { type ProjectedKey, renderProjection } from './projection.ts'
import { toolsMount } from './tools.ts'

/**
 * The container that reads the step's output, masks it and is the only one to write a container log. It comes first:
 * kubelet waits for its postStart hook, which lays out the shared volume, before it starts the step.
 */
export const shipper: Injection = {
  id: 'shipper',
  version: 1,
  after: ['tools'],
  appliesTo: () => true,
  apply: (template, facts) => {
    const masked = toMaskedKeys(facts)
    const withMasks =
      masked.length === 0 ? template : placeVolume(template, renderProjection(podNames.maskVolume, masked))
    const containers = placeNamed(withMasks.spec.containers, renderShipper(facts, masked.length > 0), 'first')
    return changeSpec(withMasks, { containers })
  },
}

/** Keys of a Git credential that are secret; its username is not, and masking a name would garble logs. */
const credentialKeys = ['password', 'ssh-key'] as const

function toMaskedKeys({ secrets, clone }: InjectionFacts): readonly ProjectedKey[] {
  const used = secrets.map(({ secretRef, key }) => ({ secret: secretRef, key, path: `${secretRef}/${key}` }))
  const { authSecret } = clone ?? {}
  if (authSecret === undefined) return used
  // Optional, because a credential has one of the two; that the Secret is there is the clone's to insist on.
  const credential = credentialKeys.map((key) => ({
    secret: authSecret,
    key,
    path: `${authSecret}/${key}`,
    optional: true,
  }))
  return [...used, ...credential]
}

function renderShipper(facts: InjectionFacts, hasMasks: boolean): Container {
  const options: ShipOptions = { logPath: podPaths.log, ...(hasMasks ? { maskDirectory: podPaths.mask } : {}) }
  return renderOwnContainer(facts, {
    name: podNames.shipContainer,
    command: toAgentCommand('ship'),
    env: [{ name: shipOptionsVariable, value: JSON.stringify(options) }],
    lifecycle: { postStart: { exec: { command: ['/app/busybox', 'sh', '/app/prepare'] } } },
    resources: shipperResources,
    volumeMounts: [
      toolsMount,
      ...(hasMasks ? [{ name: podNames.maskVolume, mountPath: podPaths.mask, readOnly: true }] : []),
    ],
  })
}
