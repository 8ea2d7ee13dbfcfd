import { deployC8s } from '../install/deploy.ts'
import { type KubectlTarget, kubectl, tryKubectl } from '../install/kubectl.ts'
import { chooseCluster } from '../local/choose.ts'
import { type DeployedSample, deploySample } from '../sample/deploy.ts'
import { demoNamespace, renderManifest, renderRun } from '../sample/render.ts'
import { followRun } from './follow-run.ts'
import { showPush } from './push.ts'
import { renderVerdict, tell, toList, type Verdict } from './tell.ts'

/** Prints each step's log as `kubectl logs` has it, that is masked; answers with all of it. */
function showLogs(target: KubectlTarget, name: string): string {
  const format = '{range .status.steps[*]}{.name}={.jobName}{"\\n"}{end}'
  const jobs = kubectl(target, ['get', 'pipelineruns.c8s.dev', name, '-n', demoNamespace, '-o', `jsonpath=${format}`])
  const logs = jobs.split('\n').flatMap((line) => {
    const [step = '', job = ''] = line.split('=')
    if (job === '') return []
    tell(`$ kubectl logs -f job/${job}   # step ${step}`)
    const log = kubectl(target, ['logs', '--follow', `job/${job}`, '-n', demoNamespace])
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

/** From `kubectl apply` to masked logs, and a refusal. */
async function showApply(target: KubectlTarget, { images, commits }: DeployedSample): Promise<readonly Verdict[]> {
  const run = `sample-${Date.now().toString(36)}`
  tell('$ kubectl apply -f pipeline.yaml -f run.yaml')
  const objects = [...renderManifest('pipeline', images), ...renderRun(run, commits.main)]
  console.log(kubectl(target, ['apply', '-f', '-'], toList(objects)).trimEnd())

  tell(`$ kubectl get pr ${run} --watch`)
  const state = await followRun(target, run)
  const log = showLogs(target, run)
  const refusal = showRefusal(target)

  const isMasked = log.includes('the token is ***') && !log.includes('demo-4bd1c7e09a63f5c2')
  const isNamed = /test → build → test|build → test → build/.test(refusal)
  return [
    { what: 'the run Succeeded', holds: state.phase === 'Succeeded' },
    { what: 'the secret came out as ***', holds: isMasked },
    { what: 'the cycle was refused by name', holds: isNamed },
  ]
}

async function main(): Promise<number> {
  const target = await chooseCluster()
  await deployC8s(target)
  const sample = await deploySample(target)
  const verdicts = [
    ...(await showApply(target, sample)),
    ...(await showPush({ cluster: target, images: sample.images })),
  ]
  tell(`$ kubectl get pr -n ${demoNamespace}`)
  console.log(kubectl(target, ['get', 'pipelineruns.c8s.dev', '-n', demoNamespace]).trimEnd())
  tell('What was shown')
  for (const verdict of verdicts) console.log(renderVerdict(verdict))
  console.log(`\nTry it yourself: export KUBECONFIG=${target.kubeconfig}; kubectl get c8s -A`)
  return verdicts.every(({ holds }) => holds) ? 0 : 1
}

process.exitCode = await main()
