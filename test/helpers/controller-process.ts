import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { controllerLease } from '../../src/controller/permissions.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'

const program = join(import.meta.dirname, '../../src/bin/c8s.ts')

export interface ControllerProcess {
  readonly ended: Promise<NodeJS.Signals | null>
  stop(signal?: NodeJS.Signals): Promise<void>
  output(): string
}

/** Controllers as they run in their pod, one after another, on the API server of KUBECONFIG. */
export class ControllerProcesses {
  readonly #children: ChildProcess[] = []

  /** The lease of one that was killed is taken away: nobody waits for it to run out. */
  async start(api: KubeApi, faultPoint = ''): Promise<ControllerProcess> {
    await api.remove(resourceTypes.lease, controllerLease)
    const env = { ...process.env, C8S_HEALTH_PORT: '0', C8S_FAULT_POINT: faultPoint }
    const child: ChildProcess = spawn(process.execPath, [program, 'controller'], { env })
    this.#children.push(child)
    const parts: string[] = []
    child.stdout?.on('data', (part: Buffer) => parts.push(part.toString()))
    child.stderr?.on('data', (part: Buffer) => parts.push(part.toString()))
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    return {
      ended,
      output: () => parts.join(''),
      stop: async (signal = 'SIGTERM') => {
        child.kill(signal)
        await ended
      },
    }
  }

  /** Those of a test that failed halfway, too. */
  killAll(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL')
  }
}
