import { join } from 'node:path'

/** Where one cluster's files lie: everything under one folder, so that removing it removes the cluster. */
export interface Site {
  folder: string
  pki: string
  config: string
  data: string
  logs: string
  processes: string
  /** Sockets and mounts. Kept short: a Unix socket's path has at most 108 bytes. */
  run: string
  kubeconfig: string
}

export function planSite(folder: string): Site {
  return {
    folder,
    pki: join(folder, 'pki'),
    config: join(folder, 'config'),
    data: join(folder, 'data'),
    logs: join(folder, 'logs'),
    processes: join(folder, 'processes'),
    run: join(folder, 'run'),
    kubeconfig: join(folder, 'kubeconfig'),
  }
}
