import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KubectlResult, KubectlTarget } from '../../deploy/install/kubectl.ts'
import { ensureTool } from '../../deploy/local/go-tools.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'

export const chart = join(import.meta.dirname, '../../deploy/chart')

/** Runs Helm, which keeps what it caches to itself. */
export type Helm = (...args: readonly string[]) => KubectlResult

/** Helm, for a cluster or for none. */
export async function openHelm(target?: KubectlTarget): Promise<Helm> {
  const binary = await ensureTool('helm')
  const home = mkdtempSync(join(tmpdir(), 'c8s-helm-'))
  const folders = ['CACHE', 'CONFIG', 'DATA'].map((name) => [`HELM_${name}_HOME`, join(home, name)] as const)
  const cluster = target === undefined ? {} : { KUBECONFIG: target.kubeconfig }
  const context = target?.context === undefined ? [] : ['--kube-context', target.context]
  const env = { ...process.env, ...Object.fromEntries(folders), ...cluster }
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(binary, [...args, ...context], {
      encoding: 'utf8',
      env,
      maxBuffer: 1 << 28,
    })
    return { code: status ?? 1, stdout, stderr }
  }
}

export function readObjects(yaml: string): readonly KubeObject[] {
  return parseAllDocuments(yaml).flatMap((document) => (document.toJS() as KubeObject | null) ?? [])
}

/** The same objects in the same order, whoever wrote them in which. */
export function sortObjects(objects: readonly KubeObject[]): readonly KubeObject[] {
  const toKey = ({ kind, metadata: { namespace, name } }: KubeObject) => `${kind}/${namespace ?? ''}/${name}`
  return objects.toSorted((a, b) => (toKey(a) < toKey(b) ? -1 : 1))
}
