import { TOKENS_CSS } from '#look';

const PAGE_CSS = `
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--bg); color: var(--text);
  font: 1rem/1.6 var(--font); }
main { width: 100%; max-width: 53rem; margin: 0 auto; padding: 3rem 1.25rem 2rem; flex: 1; }
main.message { display: flex; flex-direction: column; justify-content: center; max-width: 34rem; padding-bottom: 8rem; }
.brand { display: inline-flex; align-items: center; gap: 0.6rem; color: var(--muted); font-weight: 600; text-decoration: none; }
.brand svg { width: 1.5rem; height: 1.5rem; color: var(--accent); }
h1 { margin: 1.25rem 0 0.5rem; font-size: clamp(1.75rem, 1.3rem + 2vw, 2.5rem); line-height: 1.15; letter-spacing: -0.02em;
  text-wrap: balance; }
h2 { margin: 2.75rem 0 0.5rem; font-size: 1.25rem; letter-spacing: -0.01em; }
p { margin: 0.5rem 0 1rem; max-width: 68ch; text-wrap: pretty; }
.lead { font-size: 1.1875rem; line-height: 1.55; color: var(--muted); }
section { margin: 2rem 0 0; padding: 1.25rem 1.5rem 0.5rem; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); }
section h2 { margin-top: 0; }
section .code, section p code, section input { background: var(--bg); }
a { color: var(--accent); text-underline-offset: 0.2em; }
code, pre, kbd, input { font-family: var(--mono); font-size: 0.9em; }
p code { padding: 0.1em 0.35em; border-radius: 4px; background: var(--surface); box-shadow: 0 0 0 1px var(--line); }
.code { position: relative; margin: 0.75rem 0 1.25rem; border: 1px solid var(--line); border-radius: var(--radius);
  background: var(--surface); }
.code pre { margin: 0; padding: 0.9rem 1rem; overflow-x: auto; font-size: 0.8125rem; line-height: 1.6; }
.code button { position: absolute; top: 0.4rem; right: 0.4rem; }
button, .button { font: 600 0.875rem/1 var(--font); padding: 0.55rem 0.8rem; border-radius: 6px; border: 1px solid var(--line);
  background: var(--bg); color: var(--text); cursor: pointer; text-decoration: none; display: inline-block; }
button:hover, .button:hover { border-color: var(--accent); }
.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
.login-code code { padding: 0.3em 0.6em; font-size: 1.75rem; letter-spacing: 0.08em; }
form { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.75rem 0 1.25rem; }
input { flex: 1 1 16rem; min-width: 0; padding: 0.55rem 0.8rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--surface); color: var(--text); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
[hidden] { display: none !important; }
@media (prefers-reduced-motion: no-preference) { button, .button { transition: border-color 0.15s; } }
@media (max-width: 30rem) { main { padding-top: 2rem; } section { margin-inline: -0.5rem; padding: 1rem 1rem 0.25rem; } .code button { position: static; margin: 0 0.6rem 0.6rem; } }
`;

/** All that our own pages need, in one piece, so that a page is one request. */
export const STYLES = TOKENS_CSS + PAGE_CSS;
