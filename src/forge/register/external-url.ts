/** Where c8s-server is reached from within the cluster. */
export const defaultExternalURL = 'http://c8s-server.c8s-system.svc'

/** The value of C8S_EXTERNAL_URL, without a slash at its end. Throws where it is no URL to put a path behind. */
export function parseExternalURL(text: string | undefined): string {
  if (text === undefined || text === '') return defaultExternalURL
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url === undefined || !isWeb || url.username !== '' || url.password !== '' || /[?#]/.test(text)) {
    throw new Error(
      'C8S_EXTERNAL_URL must be an http or https URL without credentials, query and fragment, such as https://c8s.example.com',
    )
  }
  return url.href.replace(/\/+$/, '')
}
