/** Forms in which a server may give back a value that it was sent. */
function toForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const plain = [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)]
  return [...plain, bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')]
}

/** The text without the secrets, in whichever usual form they stand in it; rather too much than too little. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter((secret) => secret !== '').flatMap(toForms)
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length)
  return longestFirst.reduce((masked, form) => masked.replaceAll(form, '***'), text)
}
