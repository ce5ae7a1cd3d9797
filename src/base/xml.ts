/** What may not stand in a text as it is: markup, characters that XML 1.0 does not know, and the second control block, which it discourages. */
const SPECIAL = /[&<>"'\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ud800-\udfff\ufffe\uffff]/u
const SPECIALS = new RegExp(SPECIAL.source, 'gu')

/** Text for an element or a quoted attribute: markup escaped, characters that are illegal in XML 1.0 dropped. */
export function escapeXml(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, escapeCharacter) : text
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '&':
      return '&amp;'
    case '<':
      return '&lt;'
    case '>':
      return '&gt;'
    case '"':
      return '&quot;'
    case "'":
      return '&#39;'
  }
  const code = character.charCodeAt(0)
  return code >= 0x7f && code <= 0x9f ? `&#${code};` : ''
}
