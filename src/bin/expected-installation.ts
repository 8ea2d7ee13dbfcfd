import { certificatePermissions } from '../../certs/permissions.ts'
import { type KindDefinition, kindDefinitions, renderDefinition } from '../../crds/definitions.ts'
import { systemNamespace } from '../../crds/labels.ts'
import { renderRunPolicy } from '../../crds/run-policy.ts'
import { newServer, oldServer, type ServerAbilities } from '../../crds/server-abilities.ts'
import { renderMutatingConfiguration, renderValidatingConfiguration } from '../../webhooks/configuration.ts'
import { admissionPermissions } from '../../webhooks/permissions.ts'
import type { Definition, ExpectedInstallation, PolicyObject, WebhookConfiguration } from '../cli/doctor/facts.ts'
import { controllerLease, controllerPermissions } from '../controller/permissions.ts'
import { forgePermissions } from '../forge/permissions.ts'
import { serverPermissions } from '../receiver/permissions.ts'

/** What this very program installs; deploy/install/manifests.ts renders the same. */
export function describeInstallation(): ExpectedInstallation {
  return {
    configurations: [renderMutatingConfiguration(), renderValidatingConfiguration()] as readonly WebhookConfiguration[],
    definitions: describeDefinitions(kindDefinitions, newServer),
    olderDefinitions: describeDefinitions(
      kindDefinitions.filter(({ changeRules }) => changeRules !== undefined),
      oldServer,
    ),
    runPolicy: renderRunPolicy() as readonly PolicyObject[],
    rights: {
      'c8s-admission': [...admissionPermissions, ...certificatePermissions],
      'c8s-controller': [...controllerPermissions, ...forgePermissions],
      'c8s-server': serverPermissions,
    },
    systemNamespace,
    lease: controllerLease.name,
  }
}

function describeDefinitions(of: readonly KindDefinition[], abilities: ServerAbilities): readonly Definition[] {
  return of.map((kind) => toJson(renderDefinition(kind, abilities)) as Definition)
}

/** Schemas carry what only the program sees; what is applied is their JSON. */
function toJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value))
}
