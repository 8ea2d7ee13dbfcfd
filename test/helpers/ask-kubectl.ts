import { spawn } from 'node:child_process'
import { type KubectlResult, type KubectlTarget, toKubectlArguments } from '../../deploy/install/kubectl.ts'

export interface KubectlCall {
  readonly args: readonly string[]
  /** For its standard input. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs kubectl beside this process, in which the webhooks are that it makes the API server ask. Answers whatever its exit code. */
export function askKubectl(target: KubectlTarget, { args, input = '', env = {} }: KubectlCall): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', toKubectlArguments(target, args), { env: { ...process.env, ...env } })
    const said = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, ...said }))
    // It may have ended without reading it.
    child.stdin.on('error', () => undefined).end(input)
  })
}

/** As askKubectl, with its standard output alone; throws what it said where it fails. */
export async function runKubectl(target: KubectlTarget, call: KubectlCall): Promise<string> {
  const { code, stdout, stderr } = await askKubectl(target, call)
  if (code !== 0) throw new Error(`kubectl ${call.args.slice(0, 4).join(' ')} failed (${code}): ${stderr.trim()}`)
  return stdout
}
