import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { ensureTool } from '../../deploy/local/go-tools.ts'
import type { TestApiServer } from './api-server.ts'

/** Of kube-controller-manager's controllers, those that make an API server behave as users know it. */
const controllers = ['garbage-collector-controller', 'clusterrole-aggregation-controller']

/**
 * Garbage collection and aggregation of roles beside a test's API server, each as the service account it has in a real cluster. No Job
 * controller: the tests play it.
 */
export async function startControllerManager({ kubeconfig, folder }: TestApiServer): Promise<() => Promise<void>> {
  const program = await ensureTool('kube-controller-manager')
  const output = openSync(join(folder, 'kube-controller-manager.log'), 'a')
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${controllers.join(',')}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--secure-port=0',
  ]
  const child = spawn(program, flags, { stdio: ['ignore', output, output] })
  closeSync(output)
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
}
