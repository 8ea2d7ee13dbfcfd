import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type Folders, planFolders } from './folders.ts'
import { type GoModule, goModules, type ToolName } from './go-modules.ts'
import { withLock } from './lock.ts'
import { createStderrProgress, type Progress } from './progress.ts'
import { runToEnd } from './run.ts'

const TOOLS_FOLDER = join(import.meta.dirname, 'tools')

export interface ToolPlan {
  module: GoModule
  /** Cache folder of this exact version: its name is a hash of everything the binaries depend on. */
  folder: string
  names: readonly ToolName[]
}

/** Path of the tool's binary, built first when it is not in the cache. */
export async function ensureTool(name: ToolName, progress: Progress = createStderrProgress()): Promise<string> {
  return (await ensureTools([name], progress))[name] as string
}

/** Builds those of the named tools that are missing; answers each one's path. */
export async function ensureTools(names: readonly ToolName[], progress: Progress): Promise<Record<string, string>> {
  const folders = planFolders(process.env)
  const plans = planTools(names, folders, readModuleFiles)
  const missing = plans.flatMap((plan) => plan.names.map((name) => ({ plan, name }))).filter(isMissing)
  if (missing.length > 0) await buildAll(missing, folders, progress)
  return toPaths(plans)
}

/** Where the binaries are, or will be once they are built. */
export function planToolPaths(names: readonly ToolName[], folders: Folders): Record<string, string> {
  return toPaths(planTools(names, folders, readModuleFiles))
}

function toPaths(plans: readonly ToolPlan[]): Record<string, string> {
  return Object.fromEntries(plans.flatMap((plan) => plan.names.map((name) => [name, join(plan.folder, name)])))
}

/** Groups the wanted tools by module and says where each module's binaries belong. */
export function planTools(
  names: readonly ToolName[],
  folders: Folders,
  readModule: (module: GoModule) => string,
): ToolPlan[] {
  const plans: ToolPlan[] = []
  for (const module of goModules) {
    const wanted = names.filter((name) => name in module.packages)
    if (wanted.length === 0) continue
    const inputs = [module.name, readModule(module), ...module.ldflags, process.platform, process.arch]
    const hash = createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 16)
    plans.push({ module, folder: join(folders.cache, `${module.name}-${hash}`), names: wanted })
  }
  return plans
}

export function readModuleFiles(module: GoModule): string {
  const folder = join(TOOLS_FOLDER, module.name)
  return `${readFileSync(join(folder, 'go.mod'), 'utf8')}\n${readFileSync(join(folder, 'go.sum'), 'utf8')}`
}

interface Missing {
  plan: ToolPlan
  name: ToolName
}

function isMissing({ plan, name }: Missing): boolean {
  return !existsSync(join(plan.folder, name))
}

async function buildAll(missing: readonly Missing[], folders: Folders, progress: Progress): Promise<void> {
  const go = await findGo()
  const waiting = (): void => progress.say('another session is building the same binaries; waiting for it')
  await withLock(join(folders.cache, 'build.lock'), waiting, async () => {
    for (const [index, one] of missing.entries()) {
      if (!isMissing(one)) continue
      const next = missing[index + 1]?.name
      const then = next === undefined ? 'this is the last one' : `next: ${next}`
      const line = `building ${one.name} (${index + 1} of ${missing.length}, once per version; ${then})`
      await progress.during(line, () => buildOne(go, one))
    }
  })
}

async function buildOne(go: string, { plan, name }: Missing): Promise<void> {
  mkdirSync(plan.folder, { recursive: true })
  const unfinished = join(plan.folder, `.${name}.${process.pid}`)
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', plan.module.ldflags.join(' '), '-o', unfinished]
  const result = await runToEnd(go, [...args, plan.module.packages[name] as string], {
    cwd: join(TOOLS_FOLDER, plan.module.name),
    env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
  })
  if (result.code !== 0) {
    rmSync(unfinished, { force: true })
    const tail = result.stderr.trim().split('\n').slice(-20).join('\n')
    throw new Error(`building ${name} failed; the module proxy must be reachable the first time. go said:\n${tail}`)
  }
  renameSync(unfinished, join(plan.folder, name))
}

async function findGo(): Promise<string> {
  for (const candidate of ['go', '/usr/local/go/bin/go']) {
    const result = await runToEnd(candidate, ['env', 'GOVERSION'])
    const minor = /^go1\.(\d+)/.exec(result.stdout.trim())?.[1]
    // From 1.21 on, go fetches by itself the newer toolchain that a go.mod asks for.
    if (result.code === 0 && Number(minor) >= 21) return candidate
  }
  throw new Error('Go 1.21 or newer is needed to build the local cluster: install it (https://go.dev/dl) and try again')
}
