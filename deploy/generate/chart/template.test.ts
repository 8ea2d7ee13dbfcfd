import { describe, expect, it } from 'vitest'
import { optional, textOf, value, when } from '../../install/slots.ts'
import { renderConditional, renderTemplate } from './template.ts'

describe('a template', () => {
  it.each<readonly [string, unknown, string]>([
    ['plain fields', { a: 1, b: 'x', c: true, d: [] }, 'a: 1\nb: x\nc: true\nd: []'],
    ['strings that look like something else', { a: 'yes', b: '1', c: '' }, 'a: "yes"\nb: "1"\nc: ""'],
    ['actions of others as text', { a: 'see {{ .x }}' }, 'a: "see {{ "{{" }} .x }}"'],
    ['a value', { a: value('admission.replicas') }, 'a: {{ toJson .Values.admission.replicas }}'],
    ['text of a value', { a: textOf('logLevel') }, 'a: {{ .Values.logLevel | toString | toJson }}'],
    [
      'a map where there is one',
      { a: { b: optional('affinity') } },
      'a:\n  {{- with .Values.affinity }}\n  b:\n    {{- toYaml . | nindent 4 }}\n  {{- end }}',
    ],
    [
      'items',
      { a: ['x', when('certManager.enabled', { b: 1 })] },
      'a:\n  - x\n  {{- if .Values.certManager.enabled }}\n  - b: 1\n  {{- end }}',
    ],
  ])('has %s', (_name, node, want) => expect(renderTemplate(node).join('\n')).toBe(want))

  it('cannot begin an item with what may be left out', () => {
    expect(() => renderTemplate([{ a: optional('affinity') }])).toThrow('cannot be left out')
  })

  it('stands within its condition', () => {
    const condition = { all: ['certManager.enabled'], none: ['certManager.issuerRef'] }
    expect(renderConditional(['a: 1'], condition)).toEqual([
      '{{- if and .Values.certManager.enabled (not .Values.certManager.issuerRef) }}',
      'a: 1',
      '{{- end }}',
    ])
  })
})
