import { durationPattern } from '../patterns.ts'
import { text } from '../schema.ts'

export const durationField = (description: string) =>
  text(description, { pattern: durationPattern, minLength: 2, maxLength: 32 })
