import { stringify } from 'yaml'
import { type Description, type Descriptions, isGroup } from '../../install/values/describe.ts'
import { installValues } from '../../install/values/values.ts'
import { renderTable } from '../markdown.ts'
import { comment } from './template.ts'

/** values.yaml: every value with its default, and what it means. */
export function renderValuesFile(): string {
  return `${comment}\n\n${renderAll(installValues, 0).join('\n')}\n`
}

function renderAll(descriptions: Descriptions, indent: number): readonly string[] {
  const space = ' '.repeat(indent)
  return Object.entries(descriptions).flatMap(([name, one], index) => {
    const gap = indent === 0 && index > 0 ? [''] : []
    return [...gap, `${space}# ${one.description}`, ...renderOne(name, one, indent)]
  })
}

function renderOne(name: string, one: Description, indent: number): readonly string[] {
  const space = ' '.repeat(indent)
  if (isGroup(one)) return [`${space}${name}:`, ...renderAll(one.values, indent + 2)]
  const lines = stringify({ [name]: one.default }, { lineWidth: 0, version: '1.1' })
    .trimEnd()
    .split('\n')
  return lines.map((line) => `${space}${line}`)
}

/** values.schema.json: Helm refuses values that do not fit, and names that nobody reads. */
export function renderValuesSchema(): string {
  const { properties, ...rest } = toSchema({ description: 'Values of the chart c8s.', values: installValues })
  const known = {
    ...(properties as object),
    global: { type: 'object', description: 'Helm gives it to charts that are part of another; not looked at.' },
  }
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...rest, properties: known }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

function toSchema(one: Description): Readonly<Record<string, unknown>> {
  const { description, schema } = one
  if (!isGroup(one)) return { description, ...schema, default: one.default }
  const properties = Object.fromEntries(Object.entries(one.values).map(([name, child]) => [name, toSchema(child)]))
  return { description, type: 'object', additionalProperties: false, properties, ...schema }
}

/** The values as a table of Markdown. */
export function renderValuesTable(): string {
  return renderTable(['value', 'default', 'meaning'], listRows(installValues, ''))
}

function listRows(descriptions: Descriptions, above: string): readonly (readonly string[])[] {
  return Object.entries(descriptions).flatMap(([name, one]) => {
    const path = `${above}${name}`
    if (!isGroup(one)) return [[`\`${path}\``, `\`${JSON.stringify(one.default)}\``, one.description]]
    return [[`\`${path}\``, '', one.description], ...listRows(one.values, `${path}.`)]
  })
}
