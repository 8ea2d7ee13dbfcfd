import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createController } from '../../src/controller/controller.ts'
import { defaultSettings } from '../../src/engine/snapshot.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import { controller as account } from './admission.ts'
import { askKubectl, type KubectlCall } from './ask-kubectl.ts'
import { ClusterPlayer } from './cluster-player.ts'
import { type ServedWebhooks, serveWebhooks } from './running-webhooks.ts'
import type { Script } from './simulated-cluster/script.ts'

export interface KubectlWorld extends ServedWebhooks {
  /** A kubeconfig whose namespace is the webhooks' one. */
  readonly kubeconfig: string
  /** What kubectl prints; throws what it says when it fails. */
  kubectl(...args: readonly string[]): Promise<string>
  /** What it says, on either stream, and its exit code. */
  ask(call: KubectlCall | readonly string[]): Promise<{ readonly code: number; readonly text: string }>
  /** `kubectl <verb> -f -` of what is given. */
  send(verb: readonly string[], ...objects: readonly object[]): Promise<string>
}

/** A real API server with the webhooks, the controller, and somebody who plays Job controller and kubelet. */
export async function openKubectlWorld(script: Script = {}): Promise<KubectlWorld> {
  const webhooks = await serveWebhooks()
  const { namespace, server, admin } = webhooks
  const player = new ClusterPlayer({ api: admin, namespace, script, pauseMs: 20 })
  player.start()
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const controller = createController({
    api: webhooks.impersonate(account.username),
    clock: systemClock,
    timers: systemTimers,
    settings: defaultSettings,
    log: silent,
  })
  controller.start()
  controller.lead()
  const kubeconfig = join(server.folder, 'kubeconfig-of-namespace')
  writeFileSync(kubeconfig, inNamespace(readFileSync(server.kubeconfig, 'utf8'), namespace))
  const ask = async (call: KubectlCall | readonly string[]) => {
    const { code, stdout, stderr } = await askKubectl({ kubeconfig }, 'args' in call ? call : { args: call })
    return { code, text: `${stdout}${stderr}`.trim() }
  }
  const must = async (call: KubectlCall): Promise<string> => {
    const { code, text } = await ask(call)
    if (code !== 0) throw new Error(`kubectl ${call.args.join(' ')} failed (${code}): ${text}`)
    return text
  }
  return {
    ...webhooks,
    kubeconfig,
    ask,
    kubectl: (...args) => must({ args }),
    send: (verb, ...objects) => {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
      return must({ args: [...verb, '-f', '-'], input })
    },
    stop: async () => {
      await controller.stop()
      await player.stop()
      await webhooks.stop()
    },
  }
}

interface Kubeconfig {
  readonly contexts: readonly { readonly name: string; readonly context: object }[]
}

function inNamespace(text: string, namespace: string): string {
  const config = JSON.parse(text) as Kubeconfig
  const contexts = config.contexts.map(({ name, context }) => ({ name, context: { ...context, namespace } }))
  return JSON.stringify({ ...config, contexts })
}
