import { labelPattern } from '../patterns.ts'
import { choice, type Infer, list, map, object, optional, text } from '../schema.ts'

export const maxParams = 64
/** Characters of a value. */
export const longestParam = 4096
const paramTypes = ['string', 'number', 'boolean'] as const

const paramValue = text('The value, as text: "3", "true". Nothing is expanded in it.', { maxLength: longestParam })

/** What a pipeline lets a run choose. */
export const param = object('A value that a run may give.', {
  name: text(
    'Its name. A step sees it as the variable PARAM_NAME, and $(params.name) stands for it in image and env.',
    {
      pattern: labelPattern,
      maxLength: 63,
    },
  ),
  type: optional(choice('What the value must look like. string when left out.', paramTypes)),
  enum: optional(list('The values that are allowed.', paramValue, { minItems: 1, maxItems: 100 })),
  default: optional(paramValue),
  description: optional(text('What it is for.', { maxLength: 1024 })),
})
export type Param = Infer<typeof param>

export const paramValues = (description: string) => map(description, paramValue, maxParams)
