import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { forEachStep } from './rule.ts'

/** The grammar of image references (distribution/reference), which a container runtime refuses only when it pulls. */
const host =
  '(?:[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?)*|\\[[0-9A-Fa-f:]+\\])'
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const reference = new RegExp(
  `^(?:${host}(?::[0-9]+)?/)?${part}(?:/${part})*(?::[A-Za-z0-9_][-.\\w]{0,127})?(?:@[A-Za-z][\\w+.-]*:[0-9a-f]{32,})?$`,
)

export const legalImages = forEachStep(({ step: { image }, at }): FieldError[] => {
  if (image === undefined || reference.test(image)) return []
  const isCased = reference.test(image.toLowerCase())
  return [
    {
      path: `${at}.image`,
      code: 'Invalid',
      message: `${quoteValue(image)} is not an image such as golang:1.21 or registry.example.com/team/app:v2`,
      ...(isCased ? { hint: 'names of images are in lower case' } : {}),
    },
  ]
})
