// The printable form of a setting, or of a text that may hold an address: passwords and tokens are left out. Errors,
// diagnostics, logs and the command print nothing of either kind that has not come through here.

/** Everything before the last `@` of a URL, because in a malformed URL the end of the password is unknown. */
const CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"'<>]*)@/gi
/** A user name alone. In a database's URL it is no secret; in other URLs it may be a token. */
const DATABASE_USER = /^(postgres|postgresql|mysql|mariadb):\/\/[^:/?#@]+@$/i

/** A text in which the credentials of every URL are replaced by `…`. */
export function withoutSecret(text: string): string {
  return text
    .replace(CREDENTIALS, (found: string, scheme: string) => (DATABASE_USER.test(found) ? found : `${scheme}…@`))
    .replace(/([?&][^=&\s]*(?:password|passwd|pwd|token|secret|key)=)[^&\s"']*/gi, '$1…')
}

const SECRET_KEY = /password$|secret|token|url$/i
const SHOWN_MAX_CHARS = 100

/** The value of a setting as it may be printed: short, and for settings that hold a secret only what kind of value it is. */
export function shownSetting(key: string, value: unknown): string {
  if (typeof value === 'string') {
    return SECRET_KEY.test(key) ? 'a text' : JSON.stringify(withoutSecret(value).slice(0, SHOWN_MAX_CHARS))
  }
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return SECRET_KEY.test(key) ? `a ${typeof value}` : String(value)
}
