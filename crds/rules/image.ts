import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { hasPlaceholder } from '../placeholders.ts'
import { forEachStep } from './rule.ts'

/** The grammar of image references (distribution/reference), which a container runtime refuses only when it pulls. */
const host =
  '(?:[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?)*|\\[[0-9A-Fa-f:]+\\])'
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const reference = new RegExp(
  `^(?:${host}(?::[0-9]+)?/)?${part}(?:/${part})*(?::[A-Za-z0-9_][-.\\w]{0,127})?(?:@[A-Za-z][\\w+.-]*:[0-9a-f]{32,})?$`,
)

export function isImage(text: string): boolean {
  return reference.test(text)
}

/** `"golang 1" is not an image such as …`. */
export function describeImage(image: string): string {
  return `${quoteValue(image)} is not an image such as golang:1.21 or registry.example.com/team/app:v2`
}

/** What is wrong with the name of an image. One with a placeholder is judged when it is filled in: rules/filled.ts. */
export function checkImage(image: string, path: string): FieldError[] {
  if (hasPlaceholder(image) || isImage(image)) return []
  const hint = isImage(image.toLowerCase()) ? { hint: 'names of images are in lower case' } : {}
  return [{ path, code: 'Invalid', message: describeImage(image), ...hint }]
}

export const legalImages = forEachStep(({ step: { image }, at }) =>
  image === undefined ? [] : checkImage(image, `${at}.image`),
)
