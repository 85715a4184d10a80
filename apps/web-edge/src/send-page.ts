import { PAGE_HEADERS, type Answer } from '#nest';
import { FORM_PAGE_POLICY, PAGE_POLICY } from './pages/page.js';

export const NOT_KEPT = 'no-store';

/** Sends one of our own pages. */
export function sendPage(response: Answer, status: number, text: string, cacheControl: string): void {
  response
    .status(status)
    .set({ ...PAGE_HEADERS, 'cache-control': cacheControl, 'content-security-policy': PAGE_POLICY })
    .type('text/html')
    .send(text);
}

/** Sends one of our own pages with forms: nothing is kept, and only this server hears from which page a form comes. */
export function sendFormPage(response: Answer, status: number, text: string): void {
  response
    .status(status)
    .set({
      ...PAGE_HEADERS,
      'cache-control': NOT_KEPT,
      'content-security-policy': FORM_PAGE_POLICY,
      'referrer-policy': 'same-origin',
    })
    .type('text/html')
    .send(text);
}
