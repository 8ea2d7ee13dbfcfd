import type { FieldError } from '../../src/lib/field-error.ts'
import type { StrictTerms } from './document.ts'
import { type ImageName, isImageAllowed, isRegistryAllowed, parseImage, renderImage } from './image.ts'
import { type JudgedUnder, listStrict, quote, refuse } from './terms.ts'

/** Whether the image of a container may be used; `field` is its place below the judged object. */
export function judgeImage(image: string, field: string, { judged, terms }: JudgedUnder): readonly FieldError[] {
  const strict = listStrict(terms).filter(isAboutImages)
  if (strict.length === 0) return []
  const name = parseImage(image)
  if (name === undefined) return [refuse(judged, terms, { field, says: `has ${quote(image)}, which is no image` })]
  const says = `uses image ${renderImage(name)}`
  // The first that is broken is told, those for untrusted commits last.
  return strict
    .flatMap((one) => judgeName(name, one, { field, says }).map((refused) => refuse(judged, terms, refused)))
    .slice(0, 1)
}

function judgeName(name: ImageName, strict: StrictTerms, { field, says }: { field: string; says: string }) {
  const { allowedImages, allowedRegistries, requireDigest } = strict
  if (allowedImages !== undefined && !isImageAllowed(allowedImages, name))
    return [{ field, says, allowed: allowedImages }]
  if (allowedRegistries !== undefined && !isRegistryAllowed(allowedRegistries, name))
    return [{ field, says, allowed: allowedRegistries }]
  const isOpen = requireDigest === true && name.digest === undefined
  return isOpen ? [{ field, says: `${says} without a digest`, allowed: [`${name.repository}@sha256:…`] }] : []
}

function isAboutImages({ allowedImages, allowedRegistries, requireDigest }: StrictTerms): boolean {
  return allowedImages !== undefined || allowedRegistries !== undefined || requireDigest === true
}
