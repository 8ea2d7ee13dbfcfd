import { certificatePermissions } from '../../certs/permissions.ts'
import { kindDefinitions, renderDefinition } from '../../crds/definitions.ts'
import { systemNamespace } from '../../crds/labels.ts'
import { renderMutatingConfiguration, renderValidatingConfiguration } from '../../webhooks/configuration.ts'
import { admissionPermissions } from '../../webhooks/permissions.ts'
import type { Definition, ExpectedInstallation, WebhookConfiguration } from '../cli/doctor/facts.ts'
import { controllerLease, controllerPermissions } from '../controller/permissions.ts'
import { forgePermissions } from '../forge/permissions.ts'
import { serverPermissions } from '../receiver/permissions.ts'

/** What this very program installs; deploy/install/manifests.ts renders the same. */
export function describeInstallation(): ExpectedInstallation {
  return {
    configurations: [renderMutatingConfiguration(), renderValidatingConfiguration()] as readonly WebhookConfiguration[],
    definitions: kindDefinitions.map((kind) => toJson(renderDefinition(kind)) as Definition),
    rights: {
      'c8s-admission': [...admissionPermissions, ...certificatePermissions],
      'c8s-controller': [...controllerPermissions, ...forgePermissions],
      'c8s-server': serverPermissions,
    },
    systemNamespace,
    lease: controllerLease.name,
  }
}

/** Schemas carry what only the program sees; what is applied is their JSON. */
function toJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value))
}
