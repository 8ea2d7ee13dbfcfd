/** Public: `kubectl logs POD -c service-db` shows what a service writes. */
const prefix = 'service-'

/** Name of the container of a service. */
export function nameServiceContainer(service: string): string {
  return `${prefix}${service}`
}

/** The service that a container is; undefined for other containers. */
export function findServiceName(container: string): string | undefined {
  return container.startsWith(prefix) ? container.slice(prefix.length) : undefined
}
