import { labelPattern } from '../patterns.ts'
import { boolean, type Infer, integer, list, map, object, optional, text } from '../schema.ts'

const value = text('One value.', { maxLength: 256 })
const combination = map('Dimension → value.', value, 16)

/** The same form for a whole pipeline and for one step. */
export const matrix = (description: string) =>
  object(description, {
    dimensions: optional(
      map(
        'Name of a dimension → its values.',
        list('Values of the dimension.', value, { minItems: 1, maxItems: 256 }),
        16,
      ),
    ),
    include: optional(list('Combinations to add. Each names all dimensions.', combination, { maxItems: 256 })),
    exclude: optional(list('Combinations to leave out: all that have these values.', combination, { maxItems: 256 })),
    maxParallel: optional(
      integer('How many legs of a step may run at once. All when left out.', { minimum: 1, maximum: 256 }),
    ),
    failFast: optional(
      boolean('Whether the first leg of a step that fails stops its other legs (false when left out).'),
    ),
  })
export type Matrix = Infer<ReturnType<typeof matrix>>

/** One combination of a step's matrix, as a frozen plan keeps it. */
export const leg = object('One combination of the matrix: a step of its own when the run is carried out.', {
  name: text('Name of the leg, unique among all steps of the run.', { pattern: labelPattern, maxLength: 63 }),
  values: map('Dimension → value.', value, 16),
})
export type Leg = Infer<typeof leg>
