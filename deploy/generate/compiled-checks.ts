import { Ajv } from 'ajv'
import standalone from 'ajv/dist/standalone/index.js'
import { buildSync } from 'esbuild'
import { kindDefinitions } from '../../crds/definitions.ts'
import { policyDocument } from '../../crds/policy/document.ts'
import { repositoryFile } from '../../crds/repository-file.ts'
import { type Schema, toNode } from '../../crds/schema.ts'
import { shareParts } from './share-parts.ts'

const schemas: readonly (readonly [name: string, schema: Schema])[] = [
  ...kindDefinitions.map(({ kind, schema }) => [kind, schema] as const),
  ['RepositoryFile', repositoryFile],
  ['Policy', policyDocument],
]

/** crds/compiled/checks.mjs: one function for each schema, free of ajv and of everything else. */
export function renderCompiledChecks(): string {
  const ajv = new Ajv({
    strict: true,
    allErrors: true,
    // Our words are made from keyword and parameters.
    messages: false,
    // A part that several places refer to is one function, not a copy in each.
    inlineRefs: false,
    // Looked at by crds/inspect.ts, since a format is a function and cannot be written down.
    formats: { 'date-time': true },
    code: { source: true, esm: true },
  })
  for (const [name, schema] of schemas) ajv.addSchema(shareParts(toNode(schema)), name)
  const code = standalone.default(ajv, Object.fromEntries(schemas.map(([name]) => [name, name])))
  return `// Made by \`npm run generate\`; changes by hand are lost.\n${bundle(code)}`
}

/** Takes in the piece of ajv that counts characters, and leaves out what no check uses. */
function bundle(code: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    minify: true,
    lineLimit: 200,
    charset: 'utf8',
    legalComments: 'none',
  })
  return outputFiles[0]?.text ?? ''
}
