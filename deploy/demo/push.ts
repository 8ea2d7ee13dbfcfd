import { kubectl, tryKubectl } from '../install/kubectl.ts'
import type { ChosenCluster } from '../local/choose.ts'
import { createStderrProgress, type Progress } from '../local/progress.ts'
import { openForgeAddress } from '../sample/forge/address.ts'
import { deployForge } from '../sample/forge/deploy.ts'
import { breakPipeline, pipelinePath, readPushedFiles } from '../sample/forge/pushed-files.ts'
import { demoNamespace, type ImageReferences } from '../sample/render.ts'
import { quotesMistake, renderStatus, waitForStatus } from './commit-status.ts'
import { followRun } from './follow-run.ts'
import { connectionName, type PushedRepository, preparePushedRepository } from './pushed-repository.ts'
import { tell, toList, type Verdict } from './tell.ts'
import { type RunWatch, watchRuns } from './watch-runs.ts'

const registrationLimit = '60s'
const appearLimitMs = 30_000
const context = 'c8s/greeter'

export interface PushScene {
  readonly cluster: ChosenCluster
  /** Of the sample. */
  readonly images: ImageReferences
  readonly progress?: Progress
}

/** From `git push` to the status of the commit at a real forge: once with a pipeline that passes, once with a broken one. */
export async function showPush({
  cluster,
  images,
  progress = createStderrProgress(),
}: PushScene): Promise<readonly Verdict[]> {
  const forge = await deployForge(cluster, progress, { namespace: demoNamespace })
  const { url, close } = await openForgeAddress(cluster, demoNamespace)
  try {
    const repository = await preparePushedRepository({ cluster, forge, url })
    const registered = connect(cluster, repository)
    const verdicts = registered.holds ? await pushBoth({ cluster, repository, images }) : []
    repository.checkout.remove()
    return [registered, ...verdicts]
  } finally {
    await close()
  }
}

async function pushBoth(scene: Omit<Play, 'runs'>): Promise<readonly Verdict[]> {
  const runs = watchRuns(scene.cluster, connectionName)
  try {
    const play = { ...scene, runs }
    return [...(await pushGood(play)), await pushBroken(play)]
  } finally {
    runs.stop()
  }
}

/** Applies the connection and waits until c8s says that the forge has its webhook. */
function connect(cluster: ChosenCluster, { objects }: PushedRepository): Verdict {
  tell('$ kubectl apply -f connection.yaml   # c8s makes the webhook at the forge')
  console.log(kubectl(cluster, ['apply', '-f', '-'], toList(objects)).trimEnd())
  const connection = ['-n', demoNamespace, `repositoryconnections.c8s.dev/${connectionName}`]
  const condition = '--for=jsonpath={.status.webhookRegistered}=true'
  const { code } = tryKubectl(cluster, ['wait', condition, ...connection, `--timeout=${registrationLimit}`])
  const format = 'jsonpath={.status.webhookURL}{"\\n"}{range .status.conditions[*]}{.reason}: {.message}{"\\n"}{end}'
  console.log(tryKubectl(cluster, ['get', ...connection, '-o', format]).stdout.trimEnd())
  return { what: 'c8s made its webhook at the forge', holds: code === 0 }
}

interface Play extends PushScene {
  readonly repository: PushedRepository
  readonly runs: RunWatch
}

async function pushGood(play: Play): Promise<readonly Verdict[]> {
  const { cluster, repository, images } = play
  const commit = await repository.checkout.commit(readPushedFiles(images), `Say hello at ${new Date().toISOString()}`)
  const appeared = await push(play, commit, 'greet.sh, its test, and a .c8s.yaml with two steps')
  if (!appeared.holds) return [appeared]
  const state = await followRun(cluster, appeared.run)
  const status = await showStatus(repository, commit)
  return [
    appeared,
    { what: 'the run of the push Succeeded', holds: state.phase === 'Succeeded' },
    { what: 'the commit is green at the forge', holds: status?.status === 'success' },
  ]
}

async function pushBroken(play: Play): Promise<Verdict> {
  const { repository, images } = play
  const { text, line } = breakPipeline(readPushedFiles(images)[pipelinePath] ?? '')
  const commit = await repository.checkout.commit({ [pipelinePath]: text }, 'Mistype the name of a step')
  await push(play, commit, `line ${line} of .c8s.yaml needs a step that there is not`)
  const status = await showStatus(repository, commit)
  const holds = quotesMistake(status, pipelinePath, line)
  return { what: `the broken commit is red at the forge, with ${pipelinePath} and line ${line}`, holds }
}

/** Pushes, and tells how long after the end of `git push` the run was seen. */
async function push({ repository, runs }: Play, commit: string, what: string): Promise<Verdict & { run: string }> {
  tell(`$ git push origin main   # ${what}`)
  await repository.checkout.git('push', '--quiet', 'origin', 'HEAD:refs/heads/main')
  const pushedAt = performance.now()
  const run = await runs.find(commit, appearLimitMs)
  // The delivery is on its way while git still says goodbye.
  const waited = Math.max(0, Math.round((run?.at ?? 0) - pushedAt))
  console.log(run === undefined ? '  no run came' : `  run ${run.name} was there ${waited} ms after git push`)
  return { what: 'the push became a run', holds: run !== undefined, run: run?.name ?? '' }
}

async function showStatus({ name, api }: PushedRepository, commit: string): ReturnType<typeof waitForStatus> {
  tell(`$ curl …/api/v1/repos/${name}/commits/${commit.slice(0, 10)}/status   # the forge's own word`)
  const status = await waitForStatus(api, { repository: name, commit, context })
  console.log(renderStatus(status))
  return status
}
