import { createHash } from 'node:crypto';
import { lifebelt } from '#look';
import { Html, markup } from './markup.js';
import { STYLES } from './styles.js';

/** Buttons that copy, and the field that opens a session; without it a page says the same and does less. */
const SCRIPT = `
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    const text = button.parentElement.querySelector('pre').textContent;
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Select and copy it yourself';
    }
    setTimeout(() => (button.textContent = said), 2000);
  });
}
for (const form of document.querySelectorAll('[data-open]')) {
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = form.elements.token.value.trim().replace(/^.*\\/t\\//, '').replace(/^ssh\\s+(-p\\s*\\d+\\s+)?/, '').replace(/@.*$/, '');
    if (given !== '') location.assign(form.dataset.open + given.split('/').map(encodeURIComponent).join('/'));
  });
}
`;

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Our own pages: they load nothing, and run and look as what is in them says, and nothing else. */
export const PAGE_POLICY = pagePolicy("'none'");

/** The same of a page whose forms are sent to this server. */
export const FORM_PAGE_POLICY = pagePolicy("'self'");

function pagePolicy(formAction: string): string {
  return [
    "default-src 'none'",
    `style-src ${hashOf(STYLES)}`,
    `script-src ${hashOf(SCRIPT)}`,
    "img-src 'self'",
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join('; ');
}

export interface PageOptions {
  /** Never with a token in it: titles are in histories and in what is shared of a screen. */
  readonly title: string;
  readonly body: Html;
  /** A few words in the middle of an otherwise empty page. */
  readonly message?: boolean;
  /** Its forms are sent to this server, which then wants to hear from which page. */
  readonly forms?: boolean;
}

/** A whole page. */
export function page({ title, body, message = false, forms = false }: PageOptions): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="${forms ? 'same-origin' : 'no-referrer'}">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<style>${new Html(STYLES)}</style>
</head>
<body>
<main${new Html(message ? ' class="message"' : '')}>
<div><a class="brand" href="/">${new Html(lifebelt('currentColor', 'var(--bg)'))}<span>Shipmate</span></a></div>
${body}
</main>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`.text;
}

/** Lines to be copied. */
export function code(text: string, what: string): Html {
  return markup`<div class="code">
    <pre tabindex="0" aria-label="${what}">${text}</pre>
    <button type="button" data-copy hidden>Copy</button>
  </div>`;
}
