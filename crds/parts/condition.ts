import { choice, type Infer, integer, object, optional, text } from '../schema.ts'

export const timestamp = (description: string) => text(description, { format: 'date-time', maxLength: 64 })

/** What the API server says of an object that nobody has looked at yet. */
export const unseenGeneration = -1

export const observedGeneration = integer('Generation that was looked at; -1 until one was.', {
  minimum: unseenGeneration,
  maximum: Number.MAX_SAFE_INTEGER,
})

export const condition = object('One aspect of the state, as Kubernetes objects tell it.', {
  type: text('Aspect, such as Succeeded or Ready.', { minLength: 1, maxLength: 316 }),
  status: choice('Whether it holds.', ['True', 'False', 'Unknown']),
  reason: optional(text('Why, in one CamelCase word.', { maxLength: 1024 })),
  message: optional(text('Why, in one sentence.', { maxLength: 4096 })),
  lastTransitionTime: optional(timestamp('When status last changed.')),
  observedGeneration: optional(
    integer('Generation of the object that was looked at.', { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  ),
})
export type Condition = Infer<typeof condition>
