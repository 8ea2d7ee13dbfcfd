import { sampleUrls } from '../../deploy/sample/render.ts'
import type { Manifest, TestCluster } from './cluster.ts'
import { completeManifest } from './doc-manifests.ts'
import { parseExamples, readDocPage } from './doc-pages.ts'

/** What the examples of pages name and no cluster of a test has → what it has. */
function listReplacements({ images, commits }: TestCluster['sample']): readonly (readonly [string, string])[] {
  const busybox = images['busybox'] ?? ''
  return [
    ['busybox:1.37', busybox],
    ['node:24', busybox],
    ['https://github.com/octocat/Hello-World', sampleUrls.public],
    ['https://github.com/example/web', sampleUrls.public],
    ['7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', commits.main],
    ['"commit":"7fd1a60"', `"commit":"${commits.main}"`],
    ['"master"', '"main"'],
  ]
}

/** All objects of the examples of a page, in their order, as they can run in the cluster under test. */
export function readDocInput(page: string, { sample }: TestCluster): readonly Manifest[] {
  const documents = parseExamples(readDocPage(page)).flatMap((example) => example.documents.map(completeManifest))
  const text = listReplacements(sample).reduce((all, [from, to]) => all.replaceAll(from, to), JSON.stringify(documents))
  return JSON.parse(text) as Manifest[]
}

/** The object of that kind and name in the examples of a page. */
export function findDocInput(page: string, cluster: TestCluster, [kind, name]: readonly [string, string]): Manifest {
  const found = readDocInput(page, cluster).find((each) => each.kind === kind && each.metadata.name === name)
  if (found === undefined) throw new Error(`${page} has no ${kind} "${name}"`)
  return found
}
