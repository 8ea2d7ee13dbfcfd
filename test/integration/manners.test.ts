import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kindDefinitions } from '../../crds/definitions.ts'
import { aConfig, aConnection, aRun } from '../helpers/admission-objects.ts'
import { readDocPage } from '../helpers/doc-pages.ts'
import { eventually } from '../helpers/eventually.ts'
import { type KubectlWorld, openKubectlWorld } from '../helpers/kubectl-world.ts'

/** kubectl itself against a real API server: our kinds are to behave as built-in ones do. */
let world: KubectlWorld
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'c8s-manners-'))
  world = await openKubectlWorld()
})
afterAll(async () => {
  await world.stop()
  rmSync(folder, { recursive: true })
})

const named = (name: string) => ({ name, namespace: world.namespace })
const config = (name: string) => aConfig({}, named(name))
const run = (name: string, ref = 'app') => aRun({ pipelineConfigRef: ref }, named(name))
const read = (...args: readonly string[]) => world.kubectl('get', ...args)

describe('docs/kubectl.md', () => {
  const page = readDocPage('docs/kubectl.md').text
  const blocks = [...page.matchAll(/^## (?<heading>[^\n]*)$(?:(?!^## ).)*?^```sh\n(?<script>.*?)^```$/gms)]
  const [, manifest = ''] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? []

  function runShell(script: string): Promise<string> {
    const env = { ...process.env, KUBECONFIG: world.kubeconfig }
    return new Promise((resolve) => {
      const child = spawn('sh', ['-exc', script], { cwd: folder, env })
      let text = ''
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part))
      child.once('close', (code) => resolve(`${text}exit code ${code}`))
    })
  }

  /** A status that comes while kubectl compares is a difference, so the last one of each is waited for. */
  async function waitForLastStatus(): Promise<void> {
    await world.kubectl('wait', '--for=condition=Succeeded', 'c8spr/web-1', '--timeout=60s')
    await world.kubectl('wait', '--for=jsonpath={.status.successRate}=1', 'c8spc/web', '--timeout=60s')
  }

  test.each(blocks.map(({ groups = {} }) => [groups['heading'], groups['script'] ?? '']))(
    'the commands of "%s" work',
    async (_heading, script) => {
      writeFileSync(join(folder, 'web.yaml'), manifest)
      for (const line of script.trimEnd().split('\n')) {
        expect(await runShell(line)).toMatch(/exit code 0$/)
        if (line === 'kubectl apply -f web.yaml') await waitForLastStatus()
      }
    },
    180_000,
  )

  test('tells the short names and the fields to select by that are there', () => {
    expect(blocks.length).toBe(6)
    for (const { kind, shortNames, selectable } of kindDefinitions) {
      for (const name of [kind, ...shortNames]) expect(page).toContain(name)
      const row = new RegExp(`^\\| ${kind} +\\| (?<fields>\`(?:spec|status)\\..*?) +\\|$`, 'm').exec(page)
      expect(row?.groups?.['fields']).toBe(selectable.map((path) => `\`${path.slice(1)}\``).join(', '))
    }
  })
})

describe('beside another kind with the short name pr', () => {
  const names = { kind: 'PipelineRun', listKind: 'PipelineRunList', plural: 'pipelineruns', singular: 'pipelinerun' }
  const tekton = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'pipelineruns.tekton.dev' },
    spec: {
      group: 'tekton.dev',
      scope: 'Namespaced',
      names: { ...names, shortNames: ['pr', 'prs'], categories: ['tekton'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }

  test('each can be named, and kubectl tells that pr is both', async () => {
    await world.send(['apply'], config('app'), run('ours'), tekton)
    await world.kubectl('wait', '--for=condition=Established', 'crd/pipelineruns.tekton.dev')
    // Established comes before discovery tells of it.
    const askTekton = async () => (await world.ask(['get', 'pipelineruns.v1.tekton.dev'])).code === 0 || undefined
    await eventually('the discovery of Tekton', askTekton, 30)
    await world.send(['apply'], { apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: named('theirs') })
    for (const name of ['c8spr', 'pipelineruns.c8s.dev', 'pipelineruns.v1alpha1.c8s.dev', 'pipelineruns', 'ci'])
      expect(await read(name, '-o', 'name')).toBe('pipelinerun.c8s.dev/ours')
    for (const name of ['prs', 'pipelineruns.tekton.dev', 'tekton'])
      expect(await read(name, '-o', 'name')).toBe('pipelinerun.tekton.dev/theirs')
    const both = await read('pr', '-o', 'name')
    expect(both).toContain('pipelinerun.c8s.dev/ours')
    expect(both).toContain('short name "pr" could also match lower priority resource pipelineruns.tekton.dev')
    expect(await world.kubectl('explain', 'pipelineruns.c8s.dev')).toContain('One run of a pipeline.')
    await world.send(['delete'], tekton)
  })
})

describe('what is shown', () => {
  const shortOf = { PipelineConfig: 'c8spc', PipelineRun: 'c8spr', RepositoryConnection: 'c8src' } as const

  test.each(kindDefinitions)('the columns of $kind, more of them with -o wide', async ({ kind, columns }) => {
    await world.send(['apply'], config('app'), run('shown'), aConnection({}, named('forge')))
    const headings = async (...args: readonly string[]) => {
      const [line = ''] = (await read(shortOf[kind], ...args)).split('\n')
      return line.split(/ {2,}/).filter((word) => word !== '')
    }
    const upper = (wanted: typeof columns) => wanted.map(({ name }) => name.toUpperCase())
    expect(await headings()).toEqual(['NAME', ...upper(columns.filter(({ isWide }) => isWide !== true))])
    expect(await headings('-o', 'wide')).toEqual(['NAME', ...upper(columns)])
  })

  test('each change of a run is a line, in order', async () => {
    await world.send(['apply'], config('app'), run('marker'))
    const child = spawn('kubectl', ['--kubeconfig', world.kubeconfig, 'get', 'c8spr', '--watch', '--no-headers'])
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part) => (text += part))
    try {
      // It watches from where its list ends.
      await eventually('the list', async () => /^marker /m.test(text) || undefined, 30)
      await world.send(['create'], run('watched'))
      await eventually('the end of the run', async () => /^watched +Succeeded /m.test(text) || undefined, 60)
    } finally {
      child.kill()
    }
    const lines = text.split('\n').filter((line) => line.startsWith('watched '))
    const states = lines.map((line) => line.split(/ +/)[1] ?? '')
    const order = ['', 'app', 'Pending', 'Running', 'Succeeded']
    expect(states.at(-1)).toBe('Succeeded')
    expect(states.map((state) => order.indexOf(state))).toEqual(
      states.map((state) => order.indexOf(state)).toSorted((a, b) => a - b),
    )
    expect(new Set(states).size).toBeGreaterThan(2)
  }, 120_000)

  test('describe and events tell what happened', async () => {
    await world.send(['apply'], config('app'), run('told'))
    await world.kubectl('wait', '--for=condition=Succeeded', 'c8spr/told', '--timeout=20s')
    // Events are written a moment later than the status, and may be lost.
    const text = await eventually('the event', async () => {
      const described = await world.kubectl('describe', 'c8spr', 'told')
      return described.includes('RunSucceeded') ? described : undefined
    })
    expect(text).toMatch(/Phase: +Succeeded/)
    expect(text).toMatch(/Events:\n.*\n.*\n(.*\n)* *Normal +RunSucceeded/)
    expect(await world.kubectl('events', '--for', 'pipelinerun/told')).toContain('RunSucceeded')
  })

  test('explain goes as deep as there are fields', async () => {
    for (const path of ['c8spr.status.steps.attempts.exitCode', 'c8spc.spec.steps.retries.backoff', 'c8src.spec'])
      expect(await world.kubectl('explain', path)).toMatch(/DESCRIPTION:\n +\S/)
  })
})
