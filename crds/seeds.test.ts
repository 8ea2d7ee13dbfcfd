import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { renderErrors } from '../src/lib/field-error.ts'
import { createValidators } from './validate.ts'

const folder = join(import.meta.dirname, '../test/golden/seeds')
const read = (file: string): unknown => parse(readFileSync(join(folder, file), 'utf8'))
const validators = createValidators()

describe('the examples of the source documents', () => {
  it('are all looked at', () => {
    expect(readdirSync(folder).sort()).toEqual([
      'README.md',
      'pipeline-config.yaml',
      'pipeline-run.yaml',
      'repository-connection.yaml',
      'repository-file.c8s.yaml',
      'secret-usage.fragment.yaml',
    ])
  })

  it.each([
    ['a config', 'pipeline-config.yaml', validators.validatePipelineConfig],
    ['a run', 'pipeline-run.yaml', validators.validatePipelineRun],
    ['a connection', 'repository-connection.yaml', validators.validateRepositoryConnection],
    ['a .c8s.yaml', 'repository-file.c8s.yaml', validators.validateRepositoryFile],
  ] as const)('%s has no error', (_, file, validate) => {
    expect(validate(read(file)).errors).toEqual([])
  })

  it('the use of a secret has no error in a config', () => {
    const spec = { repository: 'https://git.example/app', ...(read('secret-usage.fragment.yaml') as object) }
    const config = { apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineConfig', metadata: { name: 'x' }, spec }
    expect(validators.validatePipelineConfig(config)).toEqual({ errors: [], warnings: [] })
  })

  it('the config is warned about what it cannot have yet and about its timeout', () => {
    expect(renderErrors(validators.validatePipelineConfig(read('pipeline-config.yaml')).warnings)).toEqual([
      'spec.timeout: TimeoutTooShort: 1h is shorter than the 1h10m that the longest chain of steps may take',
      'spec.steps[1].artifacts: Unsupported: this version of c8s keeps no artifacts yet: the files are lost with the pod',
    ])
  })
})
