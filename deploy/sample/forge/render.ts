import { join } from 'node:path'
import { type ImageReferences, markTemplate, readManifest, renderSecret, type SampleObject } from '../render.ts'
import type { ForgeCredentials } from './credentials.ts'
import { renderSettings } from './settings.ts'

/** What makes one forge differ from another. */
export interface ForgePlan {
  namespace: string
  images: ImageReferences
  credentials: ForgeCredentials
}

/** The name of the forge in its cluster. */
export function toForgeHost(namespace: string): string {
  return `gitea.${namespace}.svc`
}

/** The forge's objects, in the order in which they are applied. Other settings or credentials start it anew, empty. */
export function renderForge({ namespace, images, credentials }: ForgePlan): SampleObject[] {
  const content = {
    'app.ini': renderSettings(toForgeHost(namespace), credentials),
    username: credentials.admin.username,
    password: credentials.admin.password,
    'host-key': credentials.hostKey.privateKey,
  }
  const objects = readManifest(join(import.meta.dirname, 'forge.yaml'), images)
  const placed = objects.map((object) => markTemplate(place(object, namespace), content))
  return [...placed.slice(0, 1), renderSecret('gitea', namespace, content), ...placed.slice(1)]
}

function place(object: SampleObject, namespace: string): SampleObject {
  const where = object.kind === 'Namespace' ? { name: namespace } : { namespace }
  return { ...object, metadata: { ...object.metadata, ...where } }
}
