import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { dropManagedFields } from './drop-managed-fields.ts'

const drop = (text: string): unknown => JSON.parse(dropManagedFields(Buffer.from(text)).toString())

test('the rest stays as it was, whatever the fields and the texts around them hold', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(',"managedFields":[', '"]}', '\\', '\\"', '[['))
  const fields = fc.array(fc.dictionary(text, fc.oneof(text, fc.array(text), fc.dictionary(text, fc.constant({})))))
  fc.assert(
    fc.property(text, fields, text, (name, managedFields, phase) => {
      const object = { metadata: { name, uid: 'u' }, status: { phase } }
      const { metadata, ...rest } = object
      expect(drop(JSON.stringify({ metadata: { ...metadata, managedFields }, ...rest }))).toEqual(object)
      expect(drop(JSON.stringify(object))).toEqual(object)
    }),
  )
})

test('a line that is cut off stays as it is', () => {
  const line = Buffer.from('{"metadata":{"name":"a","managedFields":[{"manager":"x')
  expect(dropManagedFields(line)).toBe(line)
})
