import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')

/** CommonJS packages inside an ES module bundle still call require for Node's own modules. */
const requireShim =
  "import { createRequire as c8sRequire } from 'node:module'; const require = c8sRequire(import.meta.url);"

/**
 * Bundles the program into dist/: c8s.mjs with one chunk a role, so that a role loads nothing of another, and
 * agent.mjs, which runs in every step's pod and loads nothing but what it needs.
 */
export async function buildBundles(): Promise<void> {
  rmSync(dist, { recursive: true, force: true })
  const shared = {
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  } as const
  await Promise.all([
    build({
      ...shared,
      entryPoints: [join(root, 'src/bin/c8s.ts')],
      splitting: true,
      banner: { js: requireShim },
      chunkNames: 'c8s-[hash]',
    }),
    build({ ...shared, entryPoints: [join(root, 'src/bin/agent.ts')] }),
  ])
}

if (import.meta.main) {
  const started = performance.now()
  await buildBundles()
  const size = ['c8s.mjs', 'agent.mjs'].map(
    (file) => `${file} ${Math.round(statSync(join(dist, file)).size / 1024)} KiB`,
  )
  console.error(`built dist/: ${size.join(', ')} in ${Math.round(performance.now() - started)} ms`)
}
