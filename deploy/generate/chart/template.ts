import { isRecord } from '../../../crds/inspect.ts'
import { type Condition, isSlot, type Slot } from '../../install/slots.ts'
import { readSetting } from '../../install/values/settings.ts'
import { defaultSettings } from '../../install/values/values.ts'

/** First line of a generated file of YAML that Helm reads. */
export const comment = '# Made by `npm run generate`; changes by hand are lost.'

/**
 * An object with slots as a template of Helm: lines of YAML, each slot as an action. Actions that stand on a line of their own
 * take the line break before them away, so they leave nothing behind.
 */
export function renderTemplate(node: unknown, indent = 0): readonly string[] {
  if (Array.isArray(node)) return node.flatMap((item) => renderItem(item, indent))
  if (!isRecord(node)) throw new Error('a template is a map or a list')
  return Object.entries(node).flatMap(([name, child]) => renderField(name, child, indent))
}

/** The lines of a whole object, within its condition. */
export function renderConditional(lines: readonly string[], condition: Condition | undefined): readonly string[] {
  return condition === undefined ? lines : [`{{- if ${toTest(condition)} }}`, ...lines, '{{- end }}']
}

/** Text that Helm gives back as it is. */
export function escapeActions(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}')
}

const isList = (path: string) => Array.isArray(readSetting(defaultSettings, path))
const isBlock = (path: string) => isList(path) || isRecord(readSetting(defaultSettings, path))

function renderField(name: string, child: unknown, indent: number): readonly string[] {
  const space = ' '.repeat(indent)
  const key = `${space}${renderScalar(name)}:`
  if (isSlot(child)) return renderSlotField(key, child, { name, indent })
  if (Array.isArray(child) && child.length === 0) return [`${key} []`]
  if (isRecord(child) && Object.keys(child).length === 0) return [`${key} {}`]
  if (Array.isArray(child) || isRecord(child)) return [key, ...renderTemplate(child, indent + 2)]
  return [`${key} ${renderScalar(child)}`]
}

function renderSlotField(key: string, slot: Slot, { name, indent }: { name: string; indent: number }) {
  const space = ' '.repeat(indent)
  if (slot.slot === 'when') {
    return [
      `${space}{{- if ${toTest(slot.condition)} }}`,
      ...renderField(name, slot.node, indent),
      `${space}{{- end }}`,
    ]
  }
  if (slot.slot !== 'optional' && slot.slot !== 'value') return [`${key} ${renderScalarSlot(slot)}`]
  const block = (of: string) => [key, `${space}  {{- toYaml ${of} | nindent ${indent + 2} }}`]
  const lines = (of: string) => (isBlock(slot.path) ? block(of) : [`${key} {{ toJson ${of} }}`])
  if (slot.slot === 'value') return lines(`.Values.${slot.path}`)
  return [`${space}{{- with .Values.${slot.path} }}`, ...lines('.'), `${space}{{- end }}`]
}

function renderItem(item: unknown, indent: number): readonly string[] {
  const space = ' '.repeat(indent)
  if (isSlot(item)) return renderSlotItem(item, indent)
  if (!isRecord(item)) return [`${space}- ${renderScalar(item)}`]
  const [first = '', ...rest] = renderTemplate(item, indent + 2)
  if (first.trimStart().startsWith('{{-')) throw new Error('the first field of an item cannot be left out')
  return [`${space}- ${first.trimStart()}`, ...rest]
}

function renderSlotItem(slot: Slot, indent: number): readonly string[] {
  const space = ' '.repeat(indent)
  if (slot.slot === 'when') {
    return [`${space}{{- if ${toTest(slot.condition)} }}`, ...renderItem(slot.node, indent), `${space}{{- end }}`]
  }
  if (slot.slot === 'optional' && isList(slot.path)) {
    const each = `{{- toYaml . | nindent ${indent} }}`
    return [`${space}{{- with .Values.${slot.path} }}`, `${space}${each}`, `${space}{{- end }}`]
  }
  return [`${space}- ${renderScalarSlot(slot)}`]
}

function renderScalarSlot(slot: Slot): string {
  if (slot.slot === 'image') return '{{ include "c8s.image" . | toJson }}'
  if (slot.slot === 'text') return `{{ .Values.${slot.path} | toString | toJson }}`
  if (slot.slot === 'value') return `{{ toJson .Values.${slot.path} }}`
  throw new Error(`a slot ${slot.slot} cannot stand here`)
}

function toTest({ all, none = [] }: Condition): string {
  const tests = [...all.map((path) => `.Values.${path}`), ...none.map((path) => `(not .Values.${path})`)]
  return tests.length === 1 ? (tests[0] ?? '') : `and ${tests.join(' ')}`
}

/** Words that some reader of YAML takes for something else than a string. */
const taken = /^(y|n|yes|no|on|off|true|false|null)$/i
const plain = /^[A-Za-z][\w./-]*$/

function renderScalar(scalar: unknown): string {
  if (typeof scalar !== 'string') return JSON.stringify(scalar)
  return escapeActions(plain.test(scalar) && !taken.test(scalar) ? scalar : JSON.stringify(scalar))
}
