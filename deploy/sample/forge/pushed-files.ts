import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageReferences } from '../render.ts'

/** Path in the repository → text. */
export type PushedFiles = Readonly<Record<string, string>>

const folder = join(import.meta.dirname, 'pushed')
export const pipelinePath = '.c8s.yaml'

/** The repository that the demo pushes, with references for the names of images in its pipeline. */
export function readPushedFiles(images: ImageReferences): PushedFiles {
  const texts = readdirSync(folder).map((path) => [path, readFileSync(join(folder, path), 'utf8')] as const)
  const files: PushedFiles = Object.fromEntries(texts)
  const pipeline = (files[pipelinePath] ?? '').replace(/(?<=^ +image: )(\S+)$/gm, (name) => images[name] ?? name)
  return { ...files, [pipelinePath]: pipeline }
}

export interface BrokenPipeline {
  text: string
  /** Line of the mistake, from 1. */
  line: number
}

/** The pipeline with a mistake that people make: the name of a step, mistyped where another one needs it. */
export function breakPipeline(pipeline: string): BrokenPipeline {
  const [before = '', after] = pipeline.split('dependsOn: [lint]')
  if (after === undefined) throw new Error('the pipeline has no step that depends on lint')
  return { text: `${before}dependsOn: [lnit]${after}`, line: before.split('\n').length }
}
