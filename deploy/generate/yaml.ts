import { stringify } from 'yaml'

const notice = '# Made by `npm run generate`; changes by hand are lost.\n'

/** Kubernetes manifests as one YAML file, a document each. Texts of several lines stay as they are, line for line. */
export function renderYaml(manifests: readonly object[]): string {
  const documents = manifests.map((manifest) =>
    stringify(manifest, { aliasDuplicateObjects: false, blockQuote: 'literal', lineWidth: 120 }),
  )
  return notice + documents.join('---\n')
}
