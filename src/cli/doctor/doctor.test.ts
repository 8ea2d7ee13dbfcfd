import { expect, it } from 'vitest'
import type { CliContext } from '../command.ts'
import { runCli } from '../main.ts'
import type { DoctorCluster } from './cluster.ts'

const expected = {
  configurations: [],
  definitions: [],
  olderDefinitions: [],
  runPolicy: [],
  rights: {},
  systemNamespace: 'c8s-system',
  lease: 'c8s-controller',
}

/** A cluster in which there is nothing, or that may not be looked at. */
function makeCluster(change: Partial<DoctorCluster> = {}): DoctorCluster & { readonly isClosed: () => boolean } {
  let isClosed = false
  return {
    expected,
    readServer: async () => ({ gitVersion: 'v1.34.4', askedAt: Date.now(), date: Date.now() }),
    get: async () => undefined,
    list: async () => ({ metadata: {}, items: [] }),
    tryCreate: async (_, object) => object,
    close: () => {
      isClosed = true
    },
    ...change,
    isClosed: () => isClosed,
  }
}

async function runDoctor(args: readonly string[], cluster: DoctorCluster) {
  let output = ''
  let said = ''
  const choices: unknown[] = []
  const context = {
    writeOutput: async (text: string) => void (output += text),
    writeError: async (text: string) => void (said += text),
    openCluster: async (choice: unknown) => {
      choices.push(choice)
      return cluster
    },
  } as unknown as CliContext
  const code = await runCli(['doctor', ...args], context)
  return { code, output, said, choices }
}

it('prints a table, and fails for an error', async () => {
  const cluster = makeCluster()
  const { code, output } = await runDoctor(['--context', 'prod'], cluster)
  expect(code).toBe(1)
  expect(output.split('\n')[0]).toMatch(/^LEVEL {5}CHECK {16}MESSAGE$/)
  expect(output).toMatch(
    /^error {5}workloads {12}Deployment c8s-admission is missing\n {31}do: apply deploy\/install\.yaml$/m,
  )
  expect(cluster.isClosed()).toBe(true)
})

it('gives JSON, and takes the cluster that is named', async () => {
  const { output, choices } = await runDoctor(['-o', 'json', '--kubeconfig', 'k', '--context', 'c'], makeCluster())
  const { findings } = JSON.parse(output) as { findings: readonly object[] }
  expect(findings[0]).toEqual({ check: 'kubernetes-version', level: 'ok', message: 'Kubernetes v1.34.4' })
  expect(choices).toEqual([{ kubeconfig: 'k', context: 'c' }])
})

it('is rather a warning than an error where the caller may not look', async () => {
  const list = () => Promise.reject(new Error('forbidden'))
  const { output } = await runDoctor(['-o', 'json'], makeCluster({ list }))
  expect(output).toContain('"message": "could not be looked at: forbidden"')
  expect(output.match(/"level": "error"/g)?.length).toBe(2)
})

it('throws one sentence for a cluster that does not answer, and closes it', async () => {
  const readServer = () => Promise.reject(new Error('the cluster at c does not answer: refused'))
  const cluster = makeCluster({ readServer })
  await expect(runDoctor([], cluster)).rejects.toThrow('the cluster at c does not answer: refused')
  expect(cluster.isClosed()).toBe(true)
})

it.each([
  [['-o', 'yaml'], 'there is no output "yaml"'],
  [['web'], 'it takes no argument'],
] as const)('refuses %j', async (args, words) => {
  const { code, said } = await runDoctor(args, makeCluster())
  expect(code).toBe(2)
  expect(said).toContain(words)
})

it('shows what objects say without what a terminal would take for orders', async () => {
  const message = 'no\u001b]0;owned\u0007\nerror     permissions   all is lost\u202e'
  const metadata = { name: 'forge', namespace: 'team' }
  const connection = { metadata, status: { conditions: [{ type: 'Ready', status: 'False', message }] } }
  const list = (async ({ kind }) => {
    return { metadata: {}, items: kind === 'RepositoryConnection' ? [connection] : [] }
  }) as DoctorCluster['list']
  const { output } = await runDoctor([], makeCluster({ list }))
  expect(output).toContain('is not ready: no\\u001b]0;owned\\u0007\\u000aerror')
  expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
})
