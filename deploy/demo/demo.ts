import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { deployC8s } from '../install/deploy.ts'
import { type KubectlTarget, kubectl, toKubectlArguments, tryKubectl } from '../install/kubectl.ts'
import { chooseCluster } from '../local/choose.ts'
import { deploySample } from '../sample/deploy.ts'
import { demoNamespace, renderManifest, renderRun, type SampleObject } from '../sample/render.ts'
import { diffRunStates, isEnded, parseRunState, type RunState, watchTemplate } from './progress.ts'

/** The example takes about 20 s; a slow first image pull may take minutes. */
const runLimitMs = 600_000

function tell(text: string): void {
  console.log(text === '' ? '' : `\n\x1b[1m${text}\x1b[0m`)
}

const toList = (items: readonly SampleObject[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })

/** Follows the run by a watch and prints what changes; answers with its last state. */
async function followRun(target: KubectlTarget, name: string): Promise<RunState> {
  const args = [
    'get',
    'pipelineruns.c8s.dev',
    name,
    '-n',
    demoNamespace,
    '--watch',
    '-o',
    `go-template=${watchTemplate}`,
  ]
  const child = spawn('kubectl', toKubectlArguments(target, args), { stdio: ['ignore', 'pipe', 'inherit'] })
  const limit = setTimeout(() => child.kill('SIGTERM'), runLimitMs)
  const started = performance.now()
  let state: RunState | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const next = parseRunState(line)
    const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5)
    for (const change of diffRunStates(state, next)) console.log(`  ${seconds} s  ${change}`)
    state = next
    if (isEnded(next)) break
  }
  clearTimeout(limit)
  child.kill('SIGTERM')
  if (state === undefined || !isEnded(state)) throw new Error(`run ${name} did not end within ${runLimitMs / 1000} s`)
  return state
}

/** Prints each step's log as `kubectl logs` has it, that is masked; answers with all of it. */
function showLogs(target: KubectlTarget, name: string): string {
  const format = '{range .status.steps[*]}{.name}={.jobName}{"\\n"}{end}'
  const jobs = kubectl(target, ['get', 'pipelineruns.c8s.dev', name, '-n', demoNamespace, '-o', `jsonpath=${format}`])
  const logs = jobs.split('\n').flatMap((line) => {
    const [step = '', job = ''] = line.split('=')
    if (job === '') return []
    tell(`$ kubectl logs job/${job}   # step ${step}`)
    const log = kubectl(target, ['logs', `job/${job}`, '-n', demoNamespace])
    console.log(log.trimEnd())
    return [log]
  })
  return logs.join('\n')
}

/** Applies the config whose steps wait for each other; answers with the refusal. */
function showRefusal(target: KubectlTarget): string {
  tell('$ kubectl apply -f cycle.yaml   # test needs build, build needs test')
  const { code, stderr } = tryKubectl(target, ['apply', '-f', '-'], toList(renderManifest('cycle', {})))
  console.log(stderr.trimEnd())
  return code === 0 ? '' : stderr
}

function check(what: string, holds: boolean): boolean {
  console.log(`  ${holds ? '✓' : '✗'} ${what}`)
  return holds
}

async function main(): Promise<number> {
  const target = await chooseCluster()
  await deployC8s(target)
  const { images, commits } = await deploySample(target)

  const run = `sample-${Date.now().toString(36)}`
  tell('$ kubectl apply -f pipeline.yaml -f run.yaml')
  const objects = [...renderManifest('pipeline', images), ...renderRun(run, commits.main)]
  console.log(kubectl(target, ['apply', '-f', '-'], toList(objects)).trimEnd())

  tell(`$ kubectl get pr ${run} --watch`)
  const state = await followRun(target, run)
  const log = showLogs(target, run)

  tell(`$ kubectl get pr -n ${demoNamespace}`)
  console.log(kubectl(target, ['get', 'pipelineruns.c8s.dev', '-n', demoNamespace]).trimEnd())
  const refusal = showRefusal(target)

  tell('What was shown')
  const verdicts = [
    check('the run Succeeded', state.phase === 'Succeeded'),
    check('the secret came out as ***', log.includes('the token is ***') && !log.includes('demo-4bd1c7e09a63f5c2')),
    check('the cycle was refused by name', /test → build → test|build → test → build/.test(refusal)),
  ]
  console.log(`\nTry it yourself: export KUBECONFIG=${target.kubeconfig}; kubectl get c8s -A`)
  return verdicts.every(Boolean) ? 0 : 1
}

process.exitCode = await main()
