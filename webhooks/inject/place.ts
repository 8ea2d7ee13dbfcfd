import { podNames } from '../../crds/labels.ts'
import type { Container, EnvVar, PodSpec, PodTemplate, Volume, VolumeMount } from '../../src/lib/kubernetes.ts'

/** Names of c8s's own containers: everything else in a pod belongs to its author. */
export const ownContainers: ReadonlySet<string> = new Set([podNames.shipContainer, podNames.cloneContainer])

export function changeSpec(template: PodTemplate, change: Partial<PodSpec>): PodTemplate {
  return { ...template, spec: { ...template.spec, ...change } }
}

export function changeContainer(
  template: PodTemplate,
  name: string,
  change: (container: Container) => Container,
): PodTemplate {
  const containers = template.spec.containers.map((container) =>
    container.name === name ? change(container) : container,
  )
  return changeSpec(template, { containers })
}

/** The list with our item in place of one of the same name, else at the given end. */
export function placeNamed<T extends { readonly name: string }>(
  list: readonly T[] | undefined,
  item: T,
  end: 'first' | 'last' = 'last',
): readonly T[] {
  const items = list ?? []
  if (items.some(({ name }) => name === item.name))
    return items.map((other) => (other.name === item.name ? item : other))
  return end === 'first' ? [item, ...items] : [...items, item]
}

export function placeVolume(template: PodTemplate, volume: Volume): PodTemplate {
  return changeSpec(template, { volumes: placeNamed(template.spec.volumes, volume) })
}

/** A container may mount a volume at several paths, so a mount is told by its path. */
export function placeMount(container: Container, mount: VolumeMount): Container {
  const mounts = container.volumeMounts ?? []
  if (mounts.some(({ mountPath }) => mountPath === mount.mountPath)) return container
  return { ...container, volumeMounts: [...mounts, mount] }
}

/** Adds the variables whose names the container has not yet, before or behind its own. */
export function placeEnvironment(container: Container, added: readonly EnvVar[], end: 'first' | 'last'): Container {
  const present = container.env ?? []
  const names = new Set(present.map(({ name }) => name))
  const missing = added.filter(({ name }, index) => {
    return !names.has(name) && added.findIndex((other) => other.name === name) === index
  })
  if (missing.length === 0) return container
  return { ...container, env: end === 'first' ? [...missing, ...present] : [...present, ...missing] }
}

/** kubelet expands `$(NAME)` and `$$` in values; doubled, every dollar sign comes out as it was. */
export function toLiteral(name: string, value: string): EnvVar {
  // The API server drops an empty value, so it is not written in the first place.
  return value === '' ? { name } : { name, value: value.replaceAll('$', '$$$$') }
}
