import { webLink } from '../links.ts'
import { directionOf, languageTag } from '../locale.ts'
import { html } from '../markup.ts'
import type { PageOf } from '../page.ts'

/**
 * Hands a ticket over by a form that sends itself (cas-protocol.md 2.5). A whole document of its own: nothing is loaded, nothing flashes up.
 *
 * @throws {TypeError} for an address that is not http or https; whoever calls redirects there instead.
 */
export const postResponse: PageOf<'protocol/casPostResponseView'> = ({ url, fields }, desk) => {
  const action = webLink(url)
  if (action === undefined) throw new TypeError('a form cannot be posted to this address')
  const { locale, nonce } = desk.context
  return {
    title: '',
    bare: true,
    body: html`<!doctype html>
<html lang="${languageTag(locale)}" dir="${directionOf(locale)}">
<head>
<meta charset="utf-8">
<title>${desk.theme.title} ${desk.text('cas.login.pagetitle')}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
</head>
<body>
<form id="acsForm" name="acsForm" method="post" action="${action}">
${fields.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">\n`)}<noscript>
<main id="main-content"><div id="content">
<p>${desk.say('screen.post.response.message')}</p>
<button type="submit" id="submitBtn">${desk.say('screen.button.continue')}</button>
</div></main>
</noscript>
</form>
<script nonce="${nonce}">document.forms[0].submit()</script>
</body>
</html>
`,
  }
}
