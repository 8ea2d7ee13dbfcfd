import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { ensureTool } from '../../../deploy/local/go-tools.ts'
import { type RunResult, runToEnd } from '../../../deploy/local/run.ts'
import type { KubeObject } from '../../../src/lib/kubernetes.ts'

/** Argo CD's own judgement of an object by a file of settings, without a cluster. */
export interface ArgoAdmin {
  health(object: KubeObject): Promise<ArgoHealth>
  /** Name → whether it can be chosen. */
  listActions(object: KubeObject): Promise<Readonly<Record<string, boolean>>>
  /** The object as the action leaves it, or the one that it makes; throws with the script's message. */
  runAction(object: KubeObject, action: string): Promise<KubeObject>
  /** The object without what no diff shows. */
  withoutIgnored(object: KubeObject): Promise<KubeObject>
  /** What Argo CD finds of the settings as a whole. */
  validate(): Promise<string>
  stop(): void
}

export interface ArgoHealth {
  readonly status: string
  readonly message: string
}

/** `settings` is the path of a ConfigMap argocd-cm. */
export async function createArgoAdmin(settings: string): Promise<ArgoAdmin> {
  const argocd = await ensureTool('argocd')
  const folder = mkdtempSync(join(tmpdir(), 'c8s-argocd-admin-'))
  let count = 0
  // What the action makes of the object is shown as a diff: by this program, which shows only the new side of it.
  const env = { KUBECTL_EXTERNAL_DIFF: `sh -c 'cat "$2"' diff` }
  const run = (...args: readonly string[]) =>
    runToEnd(argocd, ['admin', 'settings', '--argocd-cm-path', settings, ...args], { env })
  const ask = (command: string, object: KubeObject, ...args: readonly string[]) => {
    count += 1
    const path = join(folder, `${count}.json`)
    writeFileSync(path, JSON.stringify(object))
    return run('resource-overrides', command, path, ...args)
  }
  return {
    health: async (object) => readHealth(await ask('health', object)),
    listActions: async (object) => readActions(expectEnd(await ask('list-actions', object))),
    runAction: async (object, action) => readNew(expectEnd(await ask('run-action', object, action))),
    withoutIgnored: async (object) => readNew(expectEnd(await ask('ignore-differences', object))),
    validate: async () => expectEnd(await run('validate')),
    stop: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function expectEnd({ code, stdout, stderr }: RunResult): string {
  if (code === 0) return stdout
  throw new Error(`${stdout}${stderr}`)
}

function readHealth(result: RunResult): ArgoHealth {
  const { status, message } =
    /^STATUS: (?<status>.*)\nMESSAGE: (?<message>[^]*)\n$/.exec(expectEnd(result))?.groups ?? {}
  if (status === undefined || message === undefined) throw new Error(`no health: ${result.stdout}`)
  return { status, message }
}

function readActions(table: string): Readonly<Record<string, boolean>> {
  const [, ...rows] = table.trim().split('\n')
  return Object.fromEntries(
    rows.map((row) => {
      const [name = '', disabled] = row.split(/\s+/)
      return [name, disabled === 'false']
    }),
  )
}

/** One line says what came of it; the object follows. */
function readNew(output: string): KubeObject {
  const [, ...lines] = output.split('\n')
  return parse(lines.join('\n')) as KubeObject
}
