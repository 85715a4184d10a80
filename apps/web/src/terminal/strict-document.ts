/**
 * Lets xterm.js work under a Content-Security-Policy whose style-src has no 'unsafe-inline'.
 *
 * xterm.js makes `<style>` elements and, for colours of its DOM renderer, `style` attributes: such a policy blocks both, but
 * not what a script does to styles by the CSSOM. So this document makes elements that take the same calls and go that way: a
 * `style` element whose text becomes an adopted style sheet, and `span` elements whose attribute `style` is set by the CSSOM.
 *
 * On the document itself: xterm.js 6.0 asks its `documentOverride` for some of its elements only. This page makes no others.
 */
export function keepStylesStrict(document: Document): void {
  const create = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const tag = name.toLowerCase();
    if (tag === 'style') return sheetElement(document, create('template'));
    const element = create(name, options);
    if (tag === 'span') styleBySheet(element);
    return element;
  };
}

/** Makes of `element`, which has no look, one whose text is an adopted style sheet for as long as it is not removed. */
function sheetElement(document: Document, element: HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  let css = '';
  Object.defineProperty(element, 'textContent', {
    get: () => css,
    set: (text: string) => {
      css = text;
      sheet.replaceSync(text);
    },
  });
  const remove = element.remove.bind(element);
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    remove();
  };
  return element;
}

function styleBySheet(element: HTMLElement): void {
  const setAttribute = element.setAttribute.bind(element);
  element.setAttribute = (name, value) => {
    if (name === 'style') element.style.cssText = value;
    else setAttribute(name, value);
  };
}
